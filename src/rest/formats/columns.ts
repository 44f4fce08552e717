import { isObject } from "../../json.js";
import type { Row, RowBatches } from "./row-batches.js";

/** What a spreadsheet can hold. */
const MOST_COLUMNS = 16_384;

/** The columns that people look for first; all others follow in the order in which they are met. */
const leading = [
  "resource_name",
  "cloud_resource_id",
  "resource_type",
  "service_name",
  "region",
  "cost",
  "saving",
  "cloud_account_name",
  "owner",
  "pool",
];

/** A key of the rows: a column itself, or a heading over the columns of nested keys, or both. */
export interface Heading {
  readonly key: string;
  /** Whether some row has a plain value here, which needs a column of its own. */
  holdsValues: boolean;
  readonly nested: Map<string, Heading>;
}

export type CellValue = string | number | boolean | null;

/** The columns of a table in which every row fits, nested keys side by side. */
export class Columns {
  private constructor(readonly headings: readonly Heading[]) {}

  /**
   * Reads all rows once.
   * @param usual a row whose keys are the headings where there are no rows to tell them
   */
  static async of(batches: RowBatches, usual: Row = {}): Promise<Columns> {
    const root: Heading = { key: "", holdsValues: false, nested: new Map() };
    for await (const rows of batches) for (const row of rows) collect(row, root);
    if (root.nested.size === 0) collect(usual, root);
    narrow(root);
    const rank = new Map(leading.map((key, index) => [key, index]));
    const position = ({ key }: Heading) => rank.get(key) ?? leading.length;
    return new Columns([...root.nested.values()].sort((one, other) => position(one) - position(other)));
  }

  /** Keys joined by dots, one a column. */
  get paths(): string[] {
    const paths: string[] = [];
    const walk = (heading: Heading, prefix: string) => {
      const path = prefix + heading.key;
      if (heading.holdsValues) paths.push(path);
      for (const inner of heading.nested.values()) walk(inner, `${path}.`);
    };
    for (const heading of this.headings) walk(heading, "");
    return paths;
  }

  /** One value a column, in the order of `paths`. What has no column, because it came after the count, is left out. */
  cells(row: Row): CellValue[] {
    const cells: CellValue[] = [];
    for (const heading of this.headings) fill(cells, heading, row[heading.key]);
    return cells;
  }
}

/** How many columns stand under a heading. */
export function width({ holdsValues, nested }: Heading): number {
  let columns = holdsValues ? 1 : 0;
  for (const inner of nested.values()) columns += width(inner);
  return columns;
}

function collect(object: Row, into: Heading): void {
  for (const [key, value] of Object.entries(object)) {
    if (value === null || value === undefined) {
      // A key that is always null is still a column, but not beside the columns of what it holds elsewhere.
      if (!into.nested.has(key)) into.nested.set(key, { key, holdsValues: false, nested: new Map() });
      continue;
    }
    let heading = into.nested.get(key);
    if (heading === undefined) {
      heading = { key, holdsValues: false, nested: new Map() };
      into.nested.set(key, heading);
    }
    if (isObject(value)) collect(value, heading);
    else heading.holdsValues = true;
  }
}

/** Gives always-null keys their column, and folds the widest headings until a spreadsheet can hold the table. */
function narrow(root: Heading): void {
  const settle = (heading: Heading) => {
    if (heading.nested.size === 0) heading.holdsValues = true;
    for (const inner of heading.nested.values()) settle(inner);
  };
  for (const heading of root.nested.values()) settle(heading);
  let columns = width(root);
  while (columns > MOST_COLUMNS) {
    const widest = [...root.nested.values()].reduce((one, other) => (width(other) > width(one) ? other : one));
    if (width(widest) <= 1) return;
    columns -= width(widest) - 1;
    widest.nested.clear();
    widest.holdsValues = true;
  }
}

function fill(cells: CellValue[], heading: Heading, value: unknown): void {
  const object = isObject(value) && heading.nested.size > 0 ? value : undefined;
  if (heading.holdsValues) cells.push(object ? null : cell(value));
  for (const inner of heading.nested.values()) fill(cells, inner, object?.[inner.key]);
}

function cell(value: unknown): CellValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (isObject(value) && Object.keys(value).length === 0) return null;
  return JSON.stringify(value);
}
