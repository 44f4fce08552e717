import type { Config } from "../../config.js";
import { GatewayError } from "../../errors.js";
import { CloudAccountType, PoolPurpose } from "../../stores/generated/sqlite/enums.js";
import type { OwnTables, Relational, RelationalStores } from "../../stores/relational.js";
import { openRelationalOf } from "../../stores/stores.js";
import { readClock, withClock } from "./clock.js";
import { type Check, type Finding, none, ok, warn } from "./finding.js";

/** The databases of organizations and of tokens; opened once for both checks, as a start would. */
export function databaseChecks(config: Config): readonly Check[] {
  const findings = lookedAt(config);
  return [
    { name: "relational store", run: async () => (await findings).relational() },
    { name: "token store", run: async () => (await findings).tokens() },
  ];
}

interface DatabaseFindings {
  /** Each returns what was found, or throws what is wrong. */
  readonly relational: () => Finding;
  readonly tokens: () => Finding;
}

async function lookedAt(config: Config): Promise<DatabaseFindings> {
  try {
    await using databases = await openRelationalOf(config);
    const [relational, tokens] = await Promise.allSettled([checkRelational(databases), checkTokens(databases)]);
    return { relational: () => outcomeOf(relational), tokens: () => outcomeOf(tokens) };
  } catch (error) {
    const rethrow = () => {
      throw error;
    };
    // Which of the two does not open, the sentence says first.
    const isOfTokens = error instanceof GatewayError && error.message.startsWith("TOKEN_DATABASE");
    return isOfTokens
      ? { relational: () => none("not looked at, as the token store does not open"), tokens: rethrow }
      : { relational: rethrow, tokens: () => none("not looked at, as the relational store does not open") };
  }
}

function outcomeOf(settled: PromiseSettledResult<Finding>): Finding {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

async function checkRelational({ relational, kind }: RelationalStores): Promise<Finding> {
  const organizations = await relational.organization.count({ where: { deletedAt: 0 } });
  const held = `${organizations} ${organizations === 1 ? "organization" : "organizations"}`;
  if (kind === "sqlite") return ok(`SQLite, brought up to date; ${held}`);
  const unknown = await unknownNames(relational);
  if (unknown.length > 0) {
    return warn(
      `OptScale's database knows ${unknown.join(", ")}, which this version does not: an organization with one cannot be read; update the gateway.`,
    );
  }
  return serverFinding(relational, `OptScale's database, only read; ${held}`);
}

async function checkTokens({ own, kind }: RelationalStores): Promise<Finding> {
  const tokens = await own.apiToken.count();
  const held = `${tokens} ${tokens === 1 ? "token" : "tokens"}`;
  if (kind === "sqlite") return ok(`in the same file; ${held}`);
  if (!(await canMakeTokens(own))) {
    return warn(`${held}, but this user cannot make another: grant it INSERT, UPDATE and DELETE in TOKEN_DATABASE.`);
  }
  return serverFinding(own, held);
}

async function serverFinding(client: Pick<OwnTables, "$queryRaw">, text: string): Promise<Finding> {
  let version = "";
  const clock = await readClock(1, async () => {
    const [row] = await client.$queryRaw<{ version: string; now: string }[]>`
      SELECT VERSION() AS version, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS CHAR) AS now`;
    version = row?.version.split("-")[0] ?? "";
    return Number(row?.now);
  });
  return withClock(`MariaDB ${version}; ${text}`, clock);
}

/** Makes a token and takes it back before anybody could see it. */
async function canMakeTokens(own: OwnTables): Promise<boolean> {
  const takenBack = new Error("taken back");
  try {
    await own.$transaction(async (transaction) => {
      await transaction.apiToken.create({ data: { tokenSha256: "doctor", name: "doctor", createdAt: 0 } });
      throw takenBack;
    });
  } catch (error) {
    return error === takenBack;
  }
  return true;
}

/** The names that OptScale's columns can hold and ours cannot. */
async function unknownNames(relational: Relational): Promise<string[]> {
  const columns = await relational.$queryRaw<{ type: string }[]>`
    SELECT column_type AS type FROM information_schema.columns
    WHERE table_schema = DATABASE() AND (table_name, column_name) IN (('cloudaccount', 'type'), ('pool', 'purpose'))`;
  const known = new Set<string>([...Object.values(CloudAccountType), ...Object.values(PoolPurpose)]);
  const theirs = columns.flatMap(({ type }) => [...type.matchAll(/'([^']*)'/g)].map(([, name]) => name as string));
  return theirs.filter((name) => !known.has(name));
}
