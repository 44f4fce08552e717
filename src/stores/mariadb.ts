import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import { type Connection, createConnection } from "mariadb";
import { GatewayError } from "../errors.js";
import { PrismaClient as MariaDbClient } from "./generated/mariadb/client.js";
import { Prisma, type PrismaClient } from "./generated/sqlite/client.js";
import { openingFailure } from "./mariadb-failures.js";
import { type MariaDbLocation, mariaDbLocation, tokenLocation } from "./mariadb-location.js";
import { applyMigrations } from "./mariadb-migrations.js";
import { readOnly } from "./read-only.js";
import type { OwnTables, Relational, RelationalConfig, RelationalStores } from "./relational.js";
import { withNamedFailures } from "./relational-failures.js";

/** Where this project's own tables go, unless TOKEN_DATABASE names another database. */
const TOKEN_DATABASE = "expense_gateway";

/** The oldest MariaDB that is tested. */
const OLDEST = [10, 11] as const;

/** Connections of one process to each database. */
const CONNECTIONS = 10;

/** How long a request waits for one of them. Milliseconds. */
const ACQUIRE_TIMEOUT = 5_000;

/** A statement that takes longer is given up: nothing here reads more than an organization's accounts. Seconds. */
const BOUNDED = "SET SESSION max_statement_time = 30";

/**
 * Opens OptScale's `restapi` database, which is only read, and the database of this project's own tables, which is made
 * and brought up to date.
 * @throws GatewayError STORE_UNAVAILABLE when no server answers, BAD_CONFIGURATION for what is wrong with one that does
 */
export async function openMariaDb(url: string, config: RelationalConfig): Promise<RelationalStores> {
  const optScale = mariaDbLocation(url, "DATABASE_URL", config.DATABASE_CA_FILE);
  const token = tokenLocation(config.TOKEN_DATABASE ?? TOKEN_DATABASE, optScale, config.DATABASE_CA_FILE);
  await onConnection(optScale, { database: optScale.database }, (connection) => assertMariaDb(connection, optScale));
  await prepareTokenDatabase(token);
  const relational = readingOnly(openClient(optScale, [BOUNDED, "SET SESSION TRANSACTION READ ONLY"]));
  const own = withNamedFailures(openClient(token, [BOUNDED]));
  const stores = {
    relational,
    own,
    kind: "mariadb" as const,
    async [Symbol.asyncDispose]() {
      await Promise.all([relational.$disconnect(), own.$disconnect()]);
    },
  };
  try {
    await assertTables(relational, own, optScale, token);
    return stores;
  } catch (error) {
    await stores[Symbol.asyncDispose]();
    throw error;
  }
}

/** @throws GatewayError, as {@link openMariaDb} */
async function onConnection<Result>(
  location: MariaDbLocation,
  options: { readonly database?: string },
  run: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  let connection: Connection | undefined;
  try {
    connection = await createConnection({ ...location.server, ...options });
    return await run(connection);
  } catch (error) {
    throw openingFailure(error, location);
  } finally {
    connection?.destroy();
  }
}

async function assertMariaDb(connection: Connection, { variable }: MariaDbLocation): Promise<void> {
  const [row] = await connection.query<{ version: string }[]>("SELECT VERSION() AS version");
  const version = row?.version ?? "";
  const [major = 0, minor = 0] = (/\d+\.\d+/.exec(version)?.[0] ?? "").split(".").map(Number);
  if (/mariadb/i.test(version) && (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]))) return;
  throw new GatewayError(
    "BAD_CONFIGURATION",
    `${variable}: the server is ${/mariadb/i.test(version) ? "MariaDB" : "no MariaDB, but"} ${version.split("-")[0]}: MariaDB ${OLDEST.join(".")} or later is needed.`,
  );
}

async function prepareTokenDatabase(location: MariaDbLocation): Promise<void> {
  const { database } = location;
  await onConnection(location, {}, async (connection) => {
    await assertMariaDb(connection, location);
    const found = await connection.query<unknown[]>("SELECT 1 FROM information_schema.schemata WHERE schema_name = ?", [
      database,
    ]);
    if (found.length === 0) {
      const create = `CREATE DATABASE IF NOT EXISTS ${connection.escapeId(database)} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`;
      await connection.query(create).catch((error: { errno?: number }) => {
        if (error.errno !== 1044) throw error;
        throw new GatewayError(
          "BAD_CONFIGURATION",
          `${location.variable}: there is no database ${database} for tokens, and this user may not make it: create it and grant the user SELECT, INSERT, UPDATE, DELETE and CREATE on it.`,
          { cause: error },
        );
      });
    }
    await connection.query(`USE ${connection.escapeId(database)}`);
    await applyMigrations(connection, database);
  });
}

/** The two generated clients differ in what they ask of the driver, not in what they offer here. */
function openClient({ server, database }: MariaDbLocation, initSql: string[]): PrismaClient {
  const adapter = new PrismaMariaDb(
    {
      ...server,
      initSql,
      database,
      connectionLimit: CONNECTIONS,
      acquireTimeout: ACQUIRE_TIMEOUT,
      // With none at all, the driver's pool never makes the first.
      minimumIdle: 1,
    },
    { database },
  );
  return new MariaDbClient({ adapter }) as unknown as PrismaClient;
}

/** What the server refuses anyway, said in our words. */
function readingOnly(client: PrismaClient): Relational {
  return withNamedFailures(client).$extends({
    query: {
      $allOperations({ operation, args, query }) {
        if (!/^(find|count|aggregate|groupBy|\$?queryRaw)/.test(operation)) throw readOnly();
        return query(args);
      },
    },
  }) as unknown as Relational;
}

/** Reads each table once, so that a schema of another age is told at the start and not to the first caller. */
async function assertTables(
  relational: Relational,
  own: OwnTables,
  optScale: MariaDbLocation,
  token: MariaDbLocation,
): Promise<void> {
  const reads: readonly (readonly [MariaDbLocation, () => Promise<unknown>])[] = [
    [optScale, () => relational.organization.findFirst()],
    [optScale, () => relational.pool.findFirst()],
    [optScale, () => relational.employee.findFirst()],
    [optScale, () => relational.cloudAccount.findFirst()],
    [optScale, () => relational.checklist.findFirst()],
    [token, () => own.apiToken.findFirst({ include: { scopes: true } })],
    [token, () => own.clusterSettings.findFirst()],
  ];
  for (const [location, read] of reads) {
    try {
      await read();
    } catch (error) {
      throw schemaFailure(error, location);
    }
  }
}

function schemaFailure(error: unknown, location: MariaDbLocation): unknown {
  const known = error instanceof GatewayError ? error.cause : error;
  const missing = missingPart(known);
  if (missing !== undefined) {
    return new GatewayError(
      "BAD_CONFIGURATION",
      `${location.variable}: the database ${location.database} has no ${missing}: it takes ${
        location.variable === "DATABASE_URL"
          ? "OptScale's database restapi, brought up to date by OptScale"
          : "the tables that this gateway makes"
      }.`,
      { cause: known },
    );
  }
  const code = (known as { cause?: { originalCode?: string } }).cause?.originalCode;
  return openingFailure(code === undefined ? known : { errno: Number(code) }, location);
}

function missingPart(error: unknown): string | undefined {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined;
  const { cause } = (error.meta?.driverAdapterError ?? {}) as { cause?: { table?: string; column?: string } };
  if (error.code === "P2021") return `table ${cause?.table ?? error.meta?.table}`;
  if (error.code === "P2022") return `column ${cause?.column ?? error.meta?.column}`;
  return undefined;
}
