import { createHash } from "node:crypto";

export type Label = readonly [name: string, value: string];

/** The id that `seriesIdSql` gives the same metric and labels in ClickHouse. Labels come without `__name__`, in any order. */
export function seriesId(metric: string, labels: readonly Label[]): bigint {
  const hash = createHash("sha256").update(metric).update(END);
  const bytes = labels.map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const);
  bytes.sort(([left], [right]) => Buffer.compare(left, right));
  for (const [name, value] of bytes) hash.update(name).update(END).update(value).update(END);
  return hash.digest().readBigUInt64LE(0);
}

/** Never occurs in UTF-8. */
const END = Buffer.of(0xff);
