import { Readable } from "node:stream";
import type { ClickHouseClient, DataFormat } from "@clickhouse/client";
import type { AroundStoreCall } from "../telemetry/store-call.js";
import { openEngine, openServer } from "./clickhouse-client.js";
import { Execution, LONGEST_EXECUTION, type QueryOptions, untilDeadline } from "./clickhouse-execution.js";
import { openingFailure, storeError } from "./clickhouse-failures.js";
import { bringUpToDate } from "./clickhouse-schema.js";
import { type DirectoryLock, lockDirectory } from "./directory-lock.js";
import { HandOver } from "./hand-over.js";
import { linesOf } from "./lines.js";
import { emptyScratch, makeScratch, type Scratch } from "./scratch.js";

/** Values for the `{name:Type}` places of a statement. No value ever becomes SQL text. */
export type SqlParameters = Readonly<Record<string, unknown>>;

export interface RowForm {
  /** Rows as arrays in the order of the columns, instead of objects. */
  readonly compact?: boolean;
}

export interface FileInsert {
  /** The table and its columns. */
  readonly into: string;
  /** Makes the SELECT, given the table expression to read from. */
  readonly select: (source: string) => string;
  readonly file: {
    readonly path: string;
    readonly format: "CSV" | "Parquet";
    readonly gzip: boolean;
    /** Columns and their types, as in a table's definition. */
    readonly structure: string;
    /** Its bytes, unpacked. */
    readonly open: () => Readable;
  };
  readonly parameters: SqlParameters;
  /** Constants of the code: they are written into the statement. */
  readonly settings: Readonly<Record<string, number | string>>;
}

export interface ClickHouseLocation {
  /** A server's address, or undefined for the engine in this process. */
  readonly url?: string | undefined;
  /** The authority of the server's certificate, PEM. */
  readonly ca?: string | undefined;
  /** Where the engine in this process keeps its files; made if missing. */
  readonly path: string;
}

/** Rows that are objects at a time: so few that they die young, as garbage that grows old is collected late. */
const BATCH = 50;

/** The expense store: a ClickHouse engine in this process or a server, through the same client and the same SQL. */
export class ClickHouse implements AsyncDisposable {
  private readonly execution: Execution;

  private constructor(
    private readonly client: ClickHouseClient,
    readonly kind: "embedded" | "server",
    private readonly path?: string,
    private readonly lock?: DirectoryLock,
    private readonly handOver?: HandOver,
  ) {
    this.execution = new Execution(client, kind);
  }

  /** This same store, seen so that each of its calls is noted. */
  observedBy(around: AroundStoreCall): ClickHouse {
    return Object.create(this, { execution: { value: this.execution.observedBy(around) } }) as ClickHouse;
  }

  /**
   * Opens the store and makes the tables that are missing.
   * @throws GatewayError DATA_DIR_IN_USE when another process holds the directory, DATA_DIR_UNUSABLE when it
   *   cannot be written, STORE_UNAVAILABLE when the server does not answer, BAD_CONFIGURATION when it does and its
   *   credentials, database or tables are not what they should be.
   */
  static async open(location: ClickHouseLocation): Promise<ClickHouse> {
    const clickHouse =
      location.url === undefined
        ? await ClickHouse.openEmbedded(location.path)
        : new ClickHouse(openServer(location.url, location.ca), "server");
    try {
      await bringUpToDate(clickHouse);
    } catch (error) {
      await clickHouse.close();
      throw location.url === undefined ? error : openingFailure(error);
    }
    return clickHouse;
  }

  private static async openEmbedded(path: string): Promise<ClickHouse> {
    const lock = await lockDirectory(path);
    try {
      const handOver = new HandOver(await emptyScratch(path));
      return new ClickHouse(await openEngine(path), "embedded", path, lock, handOver);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** All rows of a SELECT; 64-bit integers come as numbers. */
  async query<Row>(sql: string, parameters: SqlParameters = {}, options: QueryOptions = {}): Promise<Row[]> {
    return this.execution.reading("query", sql, options, async (id) => {
      const result = await this.client.query({
        ...this.request(sql, parameters, options),
        ...id,
        format: "JSONEachRow",
      });
      return result.json<Row>();
    });
  }

  /** The rows of a SELECT as a stream of batches; memory is bounded by the batch. */
  async *stream<Row>(
    sql: string,
    parameters: SqlParameters = {},
    { compact = false, ...options }: QueryOptions & RowForm = {},
  ): AsyncGenerator<Row[]> {
    const format = compact ? "JSONCompactEachRow" : "JSONEachRow";
    const result = await this.execution.reading("stream", sql, options, (id) =>
      this.client.query({
        ...this.request(sql, parameters, options, this.execution.whileRead(options)),
        ...id,
        format,
      }),
    );
    const batches = result.stream<Row>();
    try {
      for await (const batch of batches) yield batch.map((row) => row.json<Row>());
    } catch (error) {
      throw storeError(error, options.signal);
    } finally {
      result.close();
    }
  }

  /**
   * The rows of a SELECT in batches that are parsed only when they are asked for. The embedded engine hands over the
   * bytes of all rows at once; they, and the rows of one batch, are all that is held.
   */
  async *batches<Row>(
    sql: string,
    parameters: SqlParameters = {},
    { compact = false, ...options }: QueryOptions & RowForm = {},
  ): AsyncGenerator<Row[]> {
    if (this.kind === "server") {
      yield* this.stream<Row>(sql, parameters, { compact, ...options });
      return;
    }
    const bytes = await this.bytes(sql, compact ? "JSONCompactEachRow" : "JSONEachRow", parameters, options);
    try {
      for await (const lines of linesOf(bytes, BATCH)) yield lines.map((line) => JSON.parse(line) as Row);
    } catch (error) {
      throw storeError(error, options.signal);
    } finally {
      bytes.destroy();
    }
  }

  /**
   * The bytes of a SELECT as ClickHouse writes them in the given format, passed through untouched. The parameters of
   * this call travel in the address: a server takes no long lists in them.
   */
  async bytes(
    sql: string,
    format: DataFormat | "RowBinary",
    parameters: SqlParameters = {},
    options: QueryOptions = {},
  ): Promise<Readable> {
    return this.execution.reading("bytes", sql, options, async (id) => {
      const { query, ...request } = this.request(sql, parameters, options, this.execution.whileRead(options));
      const result = await this.client.exec({
        ...request,
        ...id,
        query: `${query}\nFORMAT ${format}`,
      });
      return result.stream as Readable;
    });
  }

  /** A statement without rows (DDL, INSERT ... SELECT). */
  async command(sql: string, parameters: SqlParameters = {}, options: QueryOptions = {}): Promise<void> {
    await this.execution.guarded("command", sql, options, () =>
      this.client.command(this.request(sql, parameters, options)),
    );
  }

  /** Inserts rows as objects, column name to value. One call is one block up to a million rows. */
  async insert<Row>(table: string, rows: readonly Row[], options: QueryOptions = {}): Promise<void> {
    if (rows.length === 0) return;
    await this.execution.guarded("insert", `INSERT INTO ${table}`, options, () =>
      this.client.insert({
        table,
        values: rows as Row[],
        format: "JSONEachRow",
        ...this.execution.ending(options),
        clickhouse_settings: {
          date_time_input_format: "best_effort",
          max_execution_time: LONGEST_EXECUTION,
          ...options.settings,
        },
      }),
    );
  }

  /**
   * Inserts blocks of ClickHouse's format Native, which need no parsing. A server is sent them; to the engine in this
   * process, whose statements are text, they are handed over in a file.
   * @param into the table and its columns
   * @param structure the same columns with their types, as in a table's definition
   */
  async insertNative(
    into: string,
    structure: string,
    blocks: readonly Uint8Array[],
    settings: Readonly<Record<string, number>> = {},
  ): Promise<void> {
    const bytes = Buffer.concat(blocks);
    const statement = `INSERT INTO ${into} SELECT * FROM`;
    const clickhouse_settings = { max_execution_time: LONGEST_EXECUTION, ...settings };
    await this.execution.guarded("insert", statement, {}, async () => {
      if (this.handOver === undefined) {
        await this.send({
          query: `${statement} input({structure:String}) FORMAT Native`,
          query_params: { structure },
          clickhouse_settings,
          values: Readable.from([bytes]),
        });
        return;
      }
      await this.handOver.file(bytes, (path) =>
        this.client.command({
          query: `${statement} file({path:String}, 'Native', {structure:String}, 'none')`,
          query_params: { path, structure },
          clickhouse_settings,
        }),
      );
    });
  }

  /**
   * Inserts what a SELECT makes of a file's rows, as a stream. The engine in this process opens the file itself; a
   * server, which cannot see it, is sent its bytes.
   */
  async insertFromFile({ into, select, file, parameters, settings }: FileInsert): Promise<void> {
    if (this.kind === "embedded") {
      // A settings clause, because the settings of a session would outlive the statement.
      const clause = Object.entries(settings).map(([name, value]) =>
        typeof value === "number" ? `${name} = ${value}` : `${name} = '${value}'`,
      );
      await this.command(
        `INSERT INTO ${into} ${select(`file({file_path:String}, '${file.format}', {file_structure:String}, '${file.gzip ? "gzip" : "none"}')`)}
         SETTINGS ${clause.join(", ")}`,
        { ...parameters, file_path: file.path, file_structure: file.structure },
      );
      return;
    }
    const { clickhouse_settings } = this.request("", {}, { settings });
    const query = `INSERT INTO ${into} ${select("input({file_structure:String})")} FORMAT ${file.format}`;
    await this.execution.guarded("insertFromFile", query, {}, () =>
      this.send({
        query,
        query_params: { ...parameters, file_structure: file.structure },
        clickhouse_settings,
        values: file.open(),
      }),
    );
  }

  /** Sends a server a statement with the bytes that it reads. */
  private async send(insert: Parameters<ClickHouseClient["exec"]>[0]): Promise<void> {
    const { stream } = await this.client.exec(insert);
    // The statement is over when its answer, which is empty, has ended.
    for await (const _ of stream);
  }

  /** A directory that the engine in this process can write files into, and this process can read them from. */
  async scratch(): Promise<Scratch> {
    if (this.path === undefined) throw new Error("A server's files cannot be read from here.");
    return makeScratch(this.path);
  }

  /**
   * Has the engine in this process give back to the system what earlier statements took; it would keep that for about
   * ten seconds, and many statements in a row grow the process by the sum of what each needs. Some milliseconds. What a
   * server does with its memory is its own affair.
   */
  async releaseMemory(): Promise<void> {
    if (this.kind === "embedded") await this.command("SYSTEM JEMALLOC PURGE");
  }

  /**
   * Whether it answers. The engine in this process does while it is at work, though whoever asks would have to wait:
   * that there is much to do is no reason to send nobody here any more.
   */
  async ping(): Promise<boolean> {
    if (this.execution.isFull) return true;
    return this.query("SELECT 1").then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    await this.client.close();
    this.lock?.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @param seconds how long the statement may run */
  private request(sql: string, parameters: SqlParameters, options: QueryOptions, seconds = untilDeadline(options)) {
    return {
      query: sql,
      query_params: { ...parameters },
      ...this.execution.ending(options),
      clickhouse_settings: {
        output_format_json_quote_64bit_integers: 0,
        ...options.settings,
        max_execution_time: seconds,
      },
    } as const;
  }
}
