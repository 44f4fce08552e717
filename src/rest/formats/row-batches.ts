export type Row = Readonly<Record<string, unknown>>;

/** Rows in batches; memory is bounded by one batch. */
export type RowBatches = AsyncIterable<readonly Row[]>;

/** Begins to read, so that a store that fails at once fails before anything was answered. */
export async function begun<T>(source: AsyncIterable<T>): Promise<AsyncGenerator<T>> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* () {
    try {
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
}
