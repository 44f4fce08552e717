/**
 * v2's `field` whitelist for rows: dots reach into nested keys, null and missing values are dropped, a path that goes
 * on below a plain value gives the value, and of two paths into one object the last wins (contract §8).
 */
export function withFields(
  fields: readonly string[] | undefined,
): (row: Record<string, unknown>) => Record<string, unknown> {
  if (fields === undefined || fields.length === 0) return (row) => row;
  const paths = fields.map((name) => name.split("."));
  return (row) => {
    const kept: [string, unknown][] = [];
    for (const [first, ...rest] of paths) {
      const value = valueAt(row, first as string);
      if (value !== undefined) kept.push([first as string, below(value, rest)]);
    }
    return Object.fromEntries(kept);
  };
}

function below(value: unknown, path: readonly string[]): unknown {
  const [first, ...rest] = path;
  if (first === undefined || typeof value !== "object" || Array.isArray(value)) return value;
  const inner = valueAt(value as Record<string, unknown>, first);
  return inner === undefined ? {} : { [first]: below(inner, rest) };
}

function valueAt(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? (object[key] ?? undefined) : undefined;
}
