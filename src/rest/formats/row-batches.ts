export type Row = Readonly<Record<string, unknown>>;

/** Rows in batches; memory is bounded by one batch. */
export type RowBatches = AsyncIterable<readonly Row[]>;

/**
 * Begins to read, so that a store that fails at once fails before anything was answered. What is returned has begun,
 * too: given up before it was ever read, it gives up its source.
 */
export async function begun<T>(source: AsyncIterable<T>): Promise<AsyncGenerator<T>> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  const rest = (async function* () {
    try {
      yield undefined as T;
      if (first.done) return;
      yield first.value;
      for (;;) {
        const next = await iterator.next();
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  })();
  // Up to the first yield: a generator that has not begun knows nothing of its `finally`.
  await rest.next();
  return rest;
}
