import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { createClient } from "@clickhouse/client";
import { Session } from "chdb";
import { createChdbConnection } from "chdb/connection";

export interface ClickHouseOverHttp extends AsyncDisposable {
  readonly url: string;
  /** The statements so far that it was sent, answered or not. */
  readonly statements: string[];
  /** The ids that their client gave them. */
  readonly ids: (string | null)[];
  /** The ids of those that it was told to kill. */
  readonly killed: string[];
  /** Lets go of the connections of the next requests, without an answer. */
  drop(requests: number): void;
  /** Refuses every connection from now on. */
  stop(): Promise<void>;
}

export interface ClickHouseOverHttpOptions {
  /** PEM; it then speaks TLS alone. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  /** The one user that it lets in; otherwise it does not ask. */
  readonly user?: { readonly name: string; readonly password: string };
  /** The configuration file of the engine. */
  readonly configuration?: string;
  /** Where its files are and stay; otherwise in a directory that vanishes with it. */
  readonly path?: string;
  /** Any free one if not given. */
  readonly port?: number;
  /** Is shown each answer before it is sent, and may do something else; it then says so. */
  readonly misbehave?: (response: ServerResponse, answer: Buffer) => boolean;
}

/**
 * The real engine behind the HTTP interface of a ClickHouse server, as far as its client speaks it. Addresses and headers
 * of more than 16 KB are refused, as by the proxies that servers stand behind. It holds the one engine of its process.
 */
export async function clickHouseOverHttp({
  tls,
  user,
  configuration,
  path: given,
  port = 0,
  misbehave,
}: ClickHouseOverHttpOptions = {}): Promise<ClickHouseOverHttp> {
  const path = given ?? (await mkdtemp(join(tmpdir(), "gateway-clickhouse-")));
  // What a session sets up holds for all connections to its directory.
  const session = configuration && new Session(path, { connectionArgs: [`--config-file=${configuration}`] });
  const engine = createClient({ connection: createChdbConnection({ path }) } as Parameters<typeof createClient>[0]);
  const statements: string[] = [];
  const ids: (string | null)[] = [];
  const killed: string[] = [];
  let dropping = 0;
  const answer: RequestListener = async (request, response) => {
    try {
      const statement = await statementOf(request);
      statements.push(statement.query);
      ids.push(statement.id);
      if (statement.query.startsWith("KILL QUERY")) killed.push(statement.parameters.get("id") ?? "");
      if (dropping > 0) {
        dropping -= 1;
        request.socket.destroy();
        return;
      }
      if (user) refuseStrangers(request, user);
      refuseUnknownDatabase(request);
      const answered = await execute(engine, path, statement);
      if (misbehave?.(response, answered)) return;
      const packs = request.headers["accept-encoding"] === "gzip";
      response.writeHead(200, packs ? { "content-encoding": "gzip" } : {}).end(packs ? gzipSync(answered) : answered);
    } catch (error) {
      const { code = "1", type = "UNKNOWN", message } = error as { code?: string; type?: string; message: string };
      response.writeHead(500).end(`Code: ${code}. DB::Exception: ${message} (${type})`);
    }
  };
  const server = tls
    ? createTlsServer({ ...tls, maxHeaderSize: 16_384 }, answer)
    : createServer({ maxHeaderSize: 16_384 }, answer);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    statements,
    ids,
    killed,
    drop: (requests) => {
      dropping = requests;
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await engine.close();
      if (session) session.close();
      if (given === undefined) await rm(path, { recursive: true, force: true });
    },
  };
}

type Engine = ReturnType<typeof createClient>;

function refuseStrangers({ headers }: IncomingMessage, { name, password }: { name: string; password: string }): void {
  const expected = `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
  // The client's way where it has an authority to trust.
  if (headers["x-clickhouse-user"] === name && headers["x-clickhouse-key"] === password) return;
  if (headers.authorization === expected) return;
  throw Object.assign(new Error(`${name}: Authentication failed.`), { code: "516", type: "AUTHENTICATION_FAILED" });
}

function refuseUnknownDatabase({ url = "/" }: IncomingMessage): void {
  const name = new URL(url, "http://clickhouse").searchParams.get("database");
  if (name === null || name === "default") return;
  throw Object.assign(new Error(`Database ${name} does not exist.`), { code: "81", type: "UNKNOWN_DATABASE" });
}

/** What an INSERT inserts, if anything, is fed to the engine as a file: its `input()` knows no data from outside. */
async function execute(
  engine: Engine,
  path: string,
  { query, parameters, settings, data }: Statement,
): Promise<Buffer> {
  const source = /\binput\(\{(\w+):String\}\)([\s\S]*) FORMAT (\w+)\s*$/.exec(query);
  const file = join(path, `sent-${statementNumber++}`);
  if (source && data !== undefined) await writeFile(file, data);
  try {
    const fed = source
      ? query.replace(source[0], `file('${file}', '${source[3]}', {${source[1]}:String}, 'none')${source[2]}`)
      : query;
    const { stream } = await engine.exec({
      query: fed,
      query_params: valuesOf(query, parameters),
      clickhouse_settings: settings,
      ...(data !== undefined && !source && { values: Readable.from([data]) }),
    });
    return await buffer(stream as Readable);
  } finally {
    await rm(file, { force: true });
  }
}

let statementNumber = 0;

interface Statement {
  readonly id: string | null;
  readonly query: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly settings: Readonly<Record<string, string>>;
  /** What an INSERT inserts. */
  readonly data?: Buffer;
}

/** Not settings, but how to answer. */
const ofTransport = new Set(["query", "query_id", "database", "default_format", "enable_http_compression"]);

async function statementOf(request: IncomingMessage): Promise<Statement> {
  const { searchParams } = new URL(request.url ?? "/", "http://clickhouse");
  const body = await buffer(request);
  const form = request.headers["content-type"]?.startsWith("multipart/form-data")
    ? await new Response(body, { headers: { "content-type": request.headers["content-type"] } }).formData()
    : new FormData();
  const given = [...searchParams, ...form] as [string, string][];
  const named = (form.get("query") ?? searchParams.get("query")) as string | null;
  return {
    id: searchParams.get("query_id"),
    query: named ?? body.toString(),
    parameters: new Map(given.flatMap(([name, text]) => (name.startsWith("param_") ? [[name.slice(6), text]] : []))),
    settings: Object.fromEntries(
      [...searchParams].filter(([name]) => !ofTransport.has(name) && !name.startsWith("param_")),
    ),
    ...(named !== null && !form.has("query") && { data: body }),
  };
}

/** The engine's binding takes values, where the interface of a server takes their text. */
function valuesOf(query: string, parameters: ReadonlyMap<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    [...parameters].map(([name, text]) => {
      const isArray = new RegExp(`\\{${name}:Array\\(`).test(query);
      return [name, isArray ? itemsOf(text) : text === "\\N" ? null : unescaped(text)];
    }),
  );
}

function itemsOf(text: string): unknown[] {
  const items = text.matchAll(/'((?:[^'\\]|\\.)*)'|[^[\],]+/gs);
  return [...items].map(([item, quoted]) =>
    quoted !== undefined ? unescaped(quoted) : item === "NULL" ? null : Number(item),
  );
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/gs, (_, character: string) => ({ n: "\n", t: "\t", r: "\r" })[character] ?? character);
}
