import { createReadStream } from "node:fs";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type CsvError, type Info, parse } from "csv-parse";
import { asyncBufferFromFile, parquetMetadataAsync, parquetSchema } from "hyparquet";
import { GatewayError } from "../errors.js";
import { endsWithReturn, lineOtherThanUtf8, MAX_RECORD_BYTES } from "./csv-bytes.js";
import { type ColumnType, columnType } from "./parquet-columns.js";

/** A file of charges, its header read and nothing else. */
export interface FocusFile extends AsyncDisposable {
  /** As it was given, for messages. */
  readonly name: string;
  /** Where it came from, absolute: files of one place are versions of each other. */
  readonly source: string;
  /** What to read: the file itself, or its contents where they had to be unpacked. */
  readonly path: string;
  readonly format: "CSV" | "Parquet";
  readonly gzip: boolean;
  readonly header: readonly string[];
  /** How many lines of a CSV file its header takes. */
  readonly headerLines: number;
  /** What ClickHouse is to read each column as. */
  readonly types: readonly ColumnType[];
}

const GZIP = Buffer.from([0x1f, 0x8b]);
const PARQUET = Buffer.from("PAR1");

/** How files begin that people try, and what they can do about it. */
const unreadable: readonly { readonly magic: Buffer; readonly sentence: string }[] = [
  { magic: Buffer.from([0xff, 0xfe]), sentence: "it is UTF-16 text: save it as UTF-8" },
  { magic: Buffer.from([0xfe, 0xff]), sentence: "it is UTF-16 text: save it as UTF-8" },
  { magic: Buffer.from("PK\u0003\u0004"), sentence: "it is a ZIP archive or a workbook: name the CSV file in it" },
  { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), sentence: "it is packed with zstd: unpack it, or pack it with gzip" },
];

/** @throws GatewayError BAD_IMPORT_FILE */
export async function openFocusFile(name: string): Promise<FocusFile> {
  const source = resolve(name);
  try {
    const start = await firstBytes(source);
    if (start.length === 0) throw bad(name, "the file is empty");
    if (startsWith(start, PARQUET)) return await openParquet(name, source);
    if (!startsWith(start, GZIP)) return await openCsv(name, source, false, start);
    const inner = await firstUnpackedBytes(source);
    if (!startsWith(inner, PARQUET)) return await openCsv(name, source, true, inner);
    return await openPackedParquet(name, source);
  } catch (error) {
    throw readingError(name, error);
  }
}

/** The bytes of a file, unpacked. @param tell called now and then with how many of the file's own bytes have been read */
export function contentsOf(file: Pick<FocusFile, "path" | "gzip">, tell?: (bytes: number) => void): Readable {
  const stream = createReadStream(file.path, { highWaterMark: 1 << 18 });
  if (tell) stream.on("data", () => tell(stream.bytesRead)).pause();
  if (!file.gzip) return stream;
  const unpacked = createGunzip();
  stream.on("error", (error) => unpacked.destroy(error));
  unpacked.on("close", () => stream.destroy());
  return stream.pipe(unpacked);
}

/** Records of a CSV file as they are, however many fields each has. */
export function csvRecords(file: Pick<FocusFile, "path" | "gzip">): AsyncIterable<CsvRecord> & Readable {
  const source = contentsOf(file);
  const parser = parse({
    bom: true,
    info: true,
    max_record_size: MAX_RECORD_BYTES,
    relax_column_count: true,
    // ClickHouse takes a quote inside an unquoted field as it is, too.
    relax_quotes: true,
    skip_empty_lines: true,
  });
  source.on("error", (error) => parser.destroy(error));
  parser.on("close", () => source.destroy());
  return source.pipe(parser);
}

export interface CsvRecord {
  readonly record: readonly string[];
  readonly info: Info;
}

async function openCsv(name: string, path: string, gzip: boolean, start: Buffer): Promise<FocusFile> {
  const known = unreadable.find(({ magic }) => startsWith(start, magic));
  if (known) throw bad(name, known.sentence);
  if (await endsWithReturn(contentsOf({ path, gzip }))) {
    throw bad(name, "its lines end with a carriage return alone: save it with line feeds (LF or CRLF)");
  }
  const records = csvRecords({ path, gzip });
  try {
    for await (const { record, info } of records) {
      if (record.some((column) => column.includes("\ufffd"))) await refuseOtherThanUtf8({ name, path, gzip });
      return {
        name,
        source: path,
        path,
        format: "CSV",
        gzip,
        header: record,
        headerLines: info.lines,
        types: record.map(() => "text"),
        async [Symbol.asyncDispose]() {},
      };
    }
  } finally {
    records.destroy();
  }
  throw bad(name, "the file is empty");
}

/** @throws GatewayError BAD_IMPORT_FILE naming the first line that is not UTF-8 */
export async function refuseOtherThanUtf8(file: Pick<FocusFile, "name" | "path" | "gzip">): Promise<void> {
  const line = await lineOtherThanUtf8(contentsOf(file));
  if (line === undefined) return;
  throw bad(file.name, `line ${line}: not UTF-8 text, but Latin-1 or the like: save it as UTF-8`, undefined, { line });
}

async function openParquet(name: string, path: string, source = path): Promise<FocusFile> {
  const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path));
  const columns = parquetSchema(metadata).children;
  return {
    name,
    source,
    path,
    format: "Parquet",
    gzip: false,
    header: columns.map(({ element }) => element.name),
    headerLines: 0,
    types: columns.map(columnType),
    async [Symbol.asyncDispose]() {},
  };
}

/** The end of a Parquet file has to be read first, which a packed one does not allow: it is unpacked to a file. */
async function openPackedParquet(name: string, source: string): Promise<FocusFile> {
  const directory = await mkdtemp(join(tmpdir(), "expense-gateway-import-"));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const path = join(directory, basename(source).replace(/\.gz$/i, ""));
    const target = await open(path, "wx", 0o600);
    await pipeline(createReadStream(source), createGunzip(), target.createWriteStream());
    return { ...(await openParquet(name, path, source)), [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function firstBytes(path: string): Promise<Buffer> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, "r");
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle?.close();
  }
}

async function firstUnpackedBytes(path: string): Promise<Buffer> {
  const stream = contentsOf({ path, gzip: true });
  for await (const chunk of stream) return chunk as Buffer;
  return Buffer.alloc(0);
}

function startsWith(buffer: Buffer, magic: Buffer): boolean {
  return buffer.subarray(0, magic.length).equals(magic);
}

/**
 * A failure to read a file, as a sentence.
 * @param row which record could not be read, if it is known; the header of a CSV file does not count
 */
export function readingError(file: string | FocusFile, error: unknown, row?: number): GatewayError {
  if (error instanceof GatewayError) return error;
  const name = typeof file === "string" ? file : file.name;
  const { code, message } = error as NodeJS.ErrnoException;
  const { lines, column: position } = error as Partial<CsvError> & { lines?: number };
  const column = typeof file !== "string" && typeof position === "number" ? file.header[position] : undefined;
  const place = [
    ...(row === undefined ? [] : [`row ${row}${lines === undefined ? "" : ` (line ${lines})`}`]),
    ...(column === undefined ? [] : [`column ${column}`]),
  ].join(", ");
  const fail = (sentence: string) =>
    bad(name, place === "" ? sentence : `${place}: ${sentence}`, error, {
      ...(row !== undefined && { row }),
      ...(column && { column }),
    });
  switch (code) {
    case "ENOENT":
      return fail("there is no such file");
    case "EISDIR":
      return fail("it is a directory: name the files in it");
    case "EACCES":
    case "EPERM":
      return fail("it cannot be read: no permission");
    case "Z_BUF_ERROR":
      return fail("the gzip file is cut off");
    case "Z_DATA_ERROR":
      return fail("the gzip file is damaged");
    case "CSV_QUOTE_NOT_CLOSED":
      return fail("a quote is never closed: the file is cut off or damaged");
    case "CSV_MAX_RECORD_SIZE":
      return fail(
        `a row has more than ${MAX_RECORD_BYTES} bytes, or a quote in it is never closed: the file is damaged`,
      );
  }
  if (/parquet/i.test(message)) return fail("not a whole Parquet file: it is cut off or damaged");
  return fail(`it cannot be read (${String(code ?? message).split("\n")[0]})`);
}

export function bad(
  file: string,
  sentence: string,
  cause?: unknown,
  details: Record<string, unknown> = {},
): GatewayError {
  return new GatewayError("BAD_IMPORT_FILE", `${file}: ${sentence}.`, { cause, details: { file, ...details } });
}
