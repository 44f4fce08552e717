/** Columns of the expense table, in the order in which they are shown. */
export const columnIds = [
  "name",
  "account",
  "service",
  "type",
  "region",
  "pool",
  "owner",
  "first-seen",
  "last-seen",
  "saving",
  "cost",
] as const;

export type ColumnId = (typeof columnIds)[number];

export const defaultColumns: readonly ColumnId[] = ["name", "account", "service", "type", "region", "owner", "cost"];

export function isColumnId(text: string): text is ColumnId {
  return (columnIds as readonly string[]).includes(text);
}
