import DataLoader from "dataloader";

/**
 * A loader for one request. `load` gets all keys that were asked for until the event loop turned, so that keys
 * which become known a few promises later still join the batch, and gives one value a key, in the same order.
 * A value that is an Error rejects for its key and is forgotten, so that asking again tries again.
 */
export function batchLoader<Key, Value, CacheKey = Key>(
  load: (keys: readonly Key[]) => Promise<readonly (Value | Error)[]>,
  cacheKeyFn?: (key: Key) => CacheKey,
): DataLoader<Key, Value, CacheKey> {
  const loader: DataLoader<Key, Value, CacheKey> = new DataLoader<Key, Value, CacheKey>(
    async (keys) => {
      const values = await load(keys);
      keys.forEach((key, index) => {
        if (values[index] instanceof Error) loader.clear(key);
      });
      return values;
    },
    { batchScheduleFn: (dispatch) => setImmediate(dispatch), ...(cacheKeyFn && { cacheKeyFn }) },
  );
  return loader;
}

/** A loader of rows by their id; null where there is none. */
export function loaderById<Row extends { readonly id: string }>(
  fetch: (ids: readonly string[]) => Promise<readonly Row[]>,
): DataLoader<string, Row | null> {
  return batchLoader(async (ids) => {
    const rows = new Map((await fetch(ids)).map((row) => [row.id, row]));
    return ids.map((id) => rows.get(id) ?? null);
  });
}

/** A loader of the rows that belong to something, by that something's id. */
export function loaderByParent<Row>(
  fetch: (parentIds: readonly string[]) => Promise<readonly Row[]>,
  parentOf: (row: Row) => string,
): DataLoader<string, readonly Row[]> {
  return batchLoader(async (parentIds) => {
    const groups = new Map<string, Row[]>(parentIds.map((id) => [id, []]));
    for (const row of await fetch(parentIds)) groups.get(parentOf(row))?.push(row);
    return parentIds.map((id) => groups.get(id) ?? []);
  });
}
