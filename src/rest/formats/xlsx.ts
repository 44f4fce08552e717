import { Readable } from "node:stream";
import { ZipFile } from "yazl";
import type { Columns } from "./columns.js";
import { inPieces } from "./pieces.js";
import { begun, type Row, type RowBatches } from "./row-batches.js";
import { sheetLayout, sheetXml } from "./xlsx-sheet.js";

/** What one sheet can hold, headings included. */
const MOST_ROWS = 1_048_576;

/**
 * A workbook of the rows as a stream: headings of nested keys above each other, numbers as numbers. Rows that do not
 * fit on one sheet go on the next.
 * @param rowCount how many rows come at most, which decides how many sheets there are
 */
export async function xlsx(columns: Columns, batches: RowBatches, rowCount: number): Promise<Readable> {
  const layout = sheetLayout(columns);
  const sheetRows = MOST_ROWS - layout.headerRows;
  const sheets = Math.max(1, Math.ceil(rowCount / sheetRows));
  const begunBatches = await begun(batches);
  const rows = rowByRow(begunBatches);
  const zip = new ZipFile();
  const names = Array.from({ length: sheets }, (_, index) => `expenses${index === 0 ? "" : ` ${index + 1}`}`);
  for (const [path, xml] of Object.entries(workbookParts(names))) zip.addBuffer(Buffer.from(xml), path);
  const sources = names.map(() =>
    Readable.from(inPieces(sheetXml(columns, layout, taken(rows, sheetRows))), { objectMode: false }),
  );
  for (const [index, source] of sources.entries()) {
    zip.addReadStream(source, `xl/worksheets/sheet${index + 1}.xml`);
  }
  zip.end();
  return linked(zip, sources, begunBatches);
}

/** The archive as one stream that ends its sources with itself, and itself with an error of theirs. */
function linked(zip: ZipFile, sources: readonly Readable[], batches: AsyncGenerator<unknown>): Readable {
  const output = zip.outputStream as Readable;
  zip.on("error", (error: Error) => output.destroy(error));
  for (const source of sources) source.on("error", (error) => output.destroy(error));
  output.on("close", () => {
    for (const source of sources) source.destroy();
    batches.return(undefined).catch(() => {});
  });
  return output;
}

async function* rowByRow(batches: AsyncGenerator<readonly Row[]>): AsyncGenerator<Row> {
  for await (const batch of batches) yield* batch;
}

/** The next rows of a shared source, which stays open behind them. */
async function* taken(rows: AsyncGenerator<Row>, count: number): AsyncGenerator<Row> {
  for (let left = count; left > 0; left--) {
    const next = await rows.next();
    if (next.done) return;
    yield next.value;
  }
}

function workbookParts(sheets: readonly string[]): Record<string, string> {
  const numbered = sheets.map((name, index) => ({ name, number: index + 1 }));
  const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
  const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const packages = "http://schemas.openxmlformats.org/package/2006";
  const spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml";
  const styles = sheets.length + 1;
  return {
    "[Content_Types].xml": xml(
      `<Types xmlns="${packages}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${spreadsheet}.sheet.main+xml"/>${numbered
        .map(
          ({ number }) =>
            `<Override PartName="/xl/worksheets/sheet${number}.xml" ContentType="${spreadsheet}.worksheet+xml"/>`,
        )
        .join("")}<Override PartName="/xl/styles.xml" ContentType="${spreadsheet}.styles+xml"/></Types>`,
    ),
    "_rels/.rels": xml(
      `<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    ),
    "xl/workbook.xml": xml(
      `<workbook xmlns="${main}" xmlns:r="${office}"><sheets>${numbered
        .map(({ name, number }) => `<sheet name="${name}" sheetId="${number}" r:id="rId${number}"/>`)
        .join("")}</sheets></workbook>`,
    ),
    "xl/_rels/workbook.xml.rels": xml(
      `<Relationships xmlns="${packages}/relationships">${numbered
        .map(
          ({ number }) =>
            `<Relationship Id="rId${number}" Type="${office}/worksheet" Target="worksheets/sheet${number}.xml"/>`,
        )
        .join("")}<Relationship Id="rId${styles}" Type="${office}/styles" Target="styles.xml"/></Relationships>`,
    ),
    // Style 1 is the bold one of headings.
    "xl/styles.xml": xml(
      `<styleSheet xmlns="${main}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" applyAlignment="1"><alignment vertical="top"/></xf></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`,
    ),
  };
}

function xml(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${body}`;
}
