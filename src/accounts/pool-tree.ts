/** A pool as far as its place among others goes. */
interface Branch {
  readonly id: string;
  /** Null at the top. */
  readonly parentId: string | null;
}

/** Pools by the id of the pool above them. */
export type PoolsByParent<Pool> = ReadonlyMap<string | null, readonly Pool[]>;

export function poolsByParent<Pool extends Branch>(pools: readonly Pool[]): PoolsByParent<Pool> {
  const groups = new Map<string | null, Pool[]>();
  for (const pool of pools) {
    const group = groups.get(pool.parentId);
    if (group) group.push(pool);
    else groups.set(pool.parentId, [pool]);
  }
  return groups;
}

/** The pool and all that lie below it, each before its children. */
export function subtree<Pool extends Branch>(root: Pool, byParent: PoolsByParent<Pool>): Pool[] {
  // A set, so that pools which lie below each other, as only damaged data has it, end the walk.
  const found = new Set([root]);
  for (const each of found) for (const child of byParent.get(each.id) ?? []) found.add(child);
  return [...found];
}

/** The given pools and all their live descendants; a pool that is not in the list cuts off what lies below it. */
export function withDescendants(pools: readonly Branch[], ids: Iterable<string>): Set<string> {
  const byParent = poolsByParent(pools);
  const found = new Set(ids);
  for (const id of found) for (const child of byParent.get(id) ?? []) found.add(child.id);
  return found;
}
