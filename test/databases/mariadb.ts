import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Connection, createConnection } from "mariadb";
import { freePort } from "../kubernetes/redis.js";

const shell = promisify(execFile);
const RUNNING = { host: "127.0.0.1", port: 3306 };

/** Whether a MariaDB answers here already, to root without a password. */
const runs = await createConnection({ ...RUNNING, user: "root", connectTimeout: 2_000 }).then(
  (connection) => connection.end().then(() => true),
  () => false,
);
export const hasMariaDbProgram = ["mariadbd", "mariadb-install-db"].every(
  (program) => spawnSync(program, ["--help"], { stdio: "ignore" }).error === undefined,
);
export const hasMariaDb = runs || hasMariaDbProgram;

/** For the name of a test that needs one. */
export const mariaDbOrWhy = hasMariaDb ? "MariaDB" : "MariaDB (skipped: install Debian's mariadb-server)";

/** A real server, with databases and users of random names, which disposing drops. */
export interface TestMariaDb extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** As root. */
  readonly root: Connection;
  /** A name that nobody else has; the database of that name, if there will be one, is dropped at the end. */
  name(): string;
  createDatabase(): Promise<string>;
  /** A new user with these rights, each as `SELECT ON database.*`; the beginning of a URL, for a database's name. */
  user(...rights: string[]): Promise<string>;
  /** The same for a user that there is already. */
  urlOf(user: string, password: string): string;
}

/** The server that runs on this machine, else one of its own. */
export async function mariaDb(): Promise<TestMariaDb> {
  return runs ? onServer(RUNNING, async () => {}) : ownMariaDb();
}

/** A server of its own, which can go away and come back. */
export interface OwnMariaDb extends TestMariaDb {
  /** As a machine that fails would. */
  kill(): Promise<void>;
  startAgain(): Promise<void>;
}

/** A server of its own with these options. */
export async function ownMariaDb(...options: string[]): Promise<OwnMariaDb> {
  const directory = await mkdtemp(join(tmpdir(), "gateway-mariadb-"));
  const user = userInfo().username;
  const data = join(directory, "data");
  const socket = join(directory, "socket");
  await shell("mariadb-install-db", [
    "--no-defaults",
    `--datadir=${data}`,
    `--user=${user}`,
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
  ]);
  const port = await freePort();
  let server: ChildProcess;
  const start = async () => {
    server = spawn(
      "mariadbd",
      [
        "--no-defaults",
        `--datadir=${data}`,
        `--socket=${socket}`,
        `--user=${user}`,
        `--port=${port}`,
        "--bind-address=127.0.0.1",
        "--innodb-buffer-pool-size=32M",
        "--skip-log-bin",
        ...options,
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    await ready(server);
  };
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill("SIGKILL");
    await once(server, "exit");
  };
  const close = async () => {
    await kill();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await start();
    return { ...(await onServer({ host: "127.0.0.1", port }, close, socket)), kill, startAgain: start };
  } catch (error) {
    await close();
    throw error;
  }
}

async function ready({ stderr }: ChildProcess): Promise<void> {
  let said = "";
  for await (const chunk of stderr as AsyncIterable<Buffer>) {
    said += chunk;
    if (said.includes("ready for connections")) {
      stderr?.on("data", () => {}).resume();
      return;
    }
  }
  throw new Error(`mariadbd ended:\n${said}`);
}

async function onServer(
  { host, port }: { host: string; port: number },
  close: () => Promise<void>,
  socketPath?: string,
): Promise<TestMariaDb> {
  const root = await createConnection({ host, port, user: "root", ...(socketPath && { socketPath }) });
  root.on("error", () => {});
  const databases: string[] = [];
  const users: string[] = [];
  const random = () => `gateway_test_${randomBytes(6).toString("hex")}`;
  const server: TestMariaDb = {
    host,
    port,
    root,
    name() {
      const name = random();
      databases.push(name);
      return name;
    },
    async createDatabase() {
      const name = server.name();
      await root.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
      return name;
    },
    async user(...rights) {
      const name = random();
      const password = `p@ss/${name}%`;
      users.push(name);
      await root.query(`CREATE USER ${name}@'127.0.0.1' IDENTIFIED BY ${root.escape(password)}`);
      for (const right of rights) await root.query(`GRANT ${right} TO ${name}@'127.0.0.1'`);
      return server.urlOf(name, password);
    },
    urlOf: (user, password) => `mysql://${user}:${encodeURIComponent(password)}@${host}:${port}/`,
    async [Symbol.asyncDispose]() {
      try {
        for (const name of databases) await root.query(`DROP DATABASE IF EXISTS ${name}`);
        for (const name of users) await root.query(`DROP USER IF EXISTS ${name}@'127.0.0.1'`);
      } catch (error) {
        // A server of our own may have been killed, and vanishes with all that it holds.
        if (socketPath === undefined) throw error;
      } finally {
        root.destroy();
        await close();
      }
    },
  };
  return server;
}
