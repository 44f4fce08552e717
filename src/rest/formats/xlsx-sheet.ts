import { type CellValue, type Columns, type Heading, width } from "./columns.js";
import type { Row } from "./row-batches.js";

/** The longest text that a cell can hold. */
const MOST_CHARACTERS = 32_767;

/** Where headings stand: one row for each level of nesting, a heading above all of its columns. */
export interface SheetLayout {
  readonly headerRows: number;
  readonly headings: readonly { readonly text: string; readonly row: number; readonly column: number }[];
  /** Ranges that one heading spans, e.g. `A1:B1`. */
  readonly merged: readonly string[];
  /** Letters of each column. */
  readonly letters: readonly string[];
}

export function sheetLayout(columns: Columns): SheetLayout {
  const headerRows = Math.max(1, ...columns.headings.map(depth));
  const headings: { text: string; row: number; column: number }[] = [];
  const merged: string[] = [];
  const place = (heading: Heading, row: number, column: number): number => {
    const columnsBelow = width(heading);
    // A heading without nested ones reaches down to the rows.
    const lastRow = heading.nested.size === 0 ? headerRows : row;
    headings.push({ text: heading.key, row, column });
    if (columnsBelow > 1 || lastRow > row) {
      merged.push(`${letters(column)}${row}:${letters(column + columnsBelow - 1)}${lastRow}`);
    }
    let next = column + (heading.holdsValues ? 1 : 0);
    for (const inner of heading.nested.values()) next = place(inner, row + 1, next);
    return column + columnsBelow;
  };
  let column = 1;
  for (const heading of columns.headings) column = place(heading, 1, column);
  return {
    headerRows,
    headings,
    merged,
    letters: Array.from({ length: column - 1 }, (_, index) => letters(index + 1)),
  };
}

/** One worksheet, in pieces. */
export async function* sheetXml(
  columns: Columns,
  layout: SheetLayout,
  rows: AsyncIterable<Row>,
): AsyncGenerator<string> {
  const { headerRows } = layout;
  yield `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="${headerRows}" topLeftCell="A${headerRows + 1}" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultColWidth="24" defaultRowHeight="15"/><sheetData>`;
  yield headerXml(layout);
  let number = headerRows;
  for await (const row of rows) yield rowXml(columns.cells(row), ++number, layout.letters);
  const { merged } = layout;
  const merges =
    merged.length === 0
      ? ""
      : `<mergeCells count="${merged.length}">${merged.map((range) => `<mergeCell ref="${range}"/>`).join("")}</mergeCells>`;
  yield `</sheetData>${merges}</worksheet>`;
}

function headerXml({ headerRows, headings }: SheetLayout): string {
  let xml = "";
  for (let row = 1; row <= headerRows; row++) {
    const cells = headings
      .filter((heading) => heading.row === row)
      .sort((one, other) => one.column - other.column)
      .map(({ text, column }) => cellXml(text, `${letters(column)}${row}`, ' s="1"'));
    xml += `<row r="${row}">${cells.join("")}</row>`;
  }
  return xml;
}

function rowXml(cells: readonly CellValue[], row: number, columnLetters: readonly string[]): string {
  let xml = `<row r="${row}">`;
  for (let index = 0; index < cells.length; index++) {
    const value = cells[index] as CellValue;
    if (value !== null) xml += cellXml(value, `${columnLetters[index]}${row}`, "");
  }
  return `${xml}</row>`;
}

function cellXml(value: string | number | boolean, reference: string, style: string): string {
  if (typeof value === "number") return `<c r="${reference}"${style}><v>${value}</v></c>`;
  if (typeof value === "boolean") return `<c r="${reference}"${style} t="b"><v>${value ? 1 : 0}</v></c>`;
  return `<c r="${reference}"${style} t="inlineStr"><is><t xml:space="preserve">${text(value)}</t></is></c>`;
}

/** Text for a cell: what XML cannot hold takes the form that spreadsheets have for it, `_x000B_`. */
function text(value: string): string {
  if (value.length <= MOST_CHARACTERS && !mayNeedEscape.test(value)) return value;
  return value
    .slice(0, MOST_CHARACTERS)
    .replace(/_(?=x[0-9a-fA-F]{4}_)/g, "_x005F_")
    .replace(unwritable, (character) => `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/** Most text has none of these, and need not be searched for each. */
const mayNeedEscape =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[&<>_\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]/;

/** Control characters, half pairs and the two that are no characters; a line break of Windows would lose its half. */
const unwritable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\x00-\x08\x0b-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function depth({ nested }: Heading): number {
  return nested.size === 0 ? 1 : 1 + Math.max(...[...nested.values()].map(depth));
}

function letters(column: number): string {
  let text = "";
  for (let left = column; left > 0; left = Math.floor((left - 1) / 26)) {
    text = String.fromCharCode(65 + ((left - 1) % 26)) + text;
  }
  return text;
}
