import { isIP } from "node:net";
import { z } from "zod";
import { GatewayError } from "./errors.js";

const url = (schemes: string[], fits: (url: URL) => boolean = () => true) =>
  z
    .string()
    .refine((value) => {
      if (!URL.canParse(value)) return false;
      const parsed = new URL(value);
      return schemes.includes(parsed.protocol.slice(0, -1)) && fits(parsed);
    })
    .optional();

/** A path is appended to it: what stands behind its own path would be lost, or come to lie in the middle. */
const base = (fits = hasReadableLogin) => url(["http", "https"], (parsed) => !/[?#]/.test(parsed.href) && fits(parsed));

/** Of a service that takes no user and password: they would be dropped in silence. */
const baseWithoutLogin = () => base(({ username, password }) => username === "" && password === "");

/** Percent signs in a user or password stand for other characters, or nobody knows what they stand for. */
function hasReadableLogin({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

/** Digits alone: a blank is no port 0, and nobody means 0x50. */
const whole = (smallest: number, largest: number) =>
  z
    .string()
    .regex(/^[0-9]+$/)
    .transform(Number)
    .pipe(z.number().min(smallest).max(largest));

const trueOrFalse = z
  .enum(["true", "false"])
  .optional()
  .transform((value) => (value === undefined ? undefined : value === "true"));

const offByDefault = z
  .enum(["true", "false"])
  .default("false")
  .transform((value) => value === "true");

/** As Fastify's trustProxy takes them: all of the world is no network that anybody can trust. */
const isNetwork = (text: string): boolean => {
  const [address = "", bits, ...more] = text.split("/");
  const version = address.includes("%") ? 0 : isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^[1-9][0-9]{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
};

const networks = z
  .string()
  .transform((list) => list.split(",").map((one) => one.trim()))
  .refine((list) => list.every(isNetwork))
  .optional();

const milliseconds = (fallback: number) => whole(1, 600_000).default(fallback);

/** Each variable with its rule, its default, and the words that a wrong value is answered with. */
const variables = {
  HOST: {
    rule: z.string().min(1).default("127.0.0.1"),
    takes: "a host name or address to listen on",
  },
  PORT: {
    rule: whole(0, 65_535).default(8080),
    takes: "a port from 0 (any free) to 65535",
  },
  TRUSTED_PROXIES: {
    rule: networks,
    takes: "addresses and networks with commas between them, such as 10.0.0.0/8, fd00::1",
  },
  DATA_DIR: {
    rule: z.string().min(1).default("./data"),
    takes: "a writable directory",
  },
  DATABASE_URL: {
    rule: url(["file", "mysql", "mariadb"]).refine((value) => value !== "file:"),
    takes: "file:<path> for SQLite, or mysql://user:password@host:3306/database of OptScale's MariaDB",
  },
  DATABASE_CA_FILE: {
    rule: z.string().min(1).optional(),
    takes: "a PEM file with the authority that signed the MariaDB server's certificate",
  },
  TOKEN_DATABASE: {
    rule: z
      .string()
      .regex(/^([^/\\:]{1,64}|(mysql|mariadb):\/\/.+)$/)
      .refine((value) => !value.includes("://") || URL.canParse(value))
      .optional(),
    takes: "the name of a database beside the MariaDB one, or mysql://user:password@host:3306/database",
  },
  CLICKHOUSE_URL: {
    rule: url(["http", "https"], hasReadableLogin),
    takes: "http(s)://user:password@host:8123/database of a ClickHouse server",
  },
  CLICKHOUSE_CA_FILE: {
    rule: z.string().min(1).optional(),
    takes: "a PEM file with the authority that signed the ClickHouse server's certificate",
  },
  METROCULUS_URL: {
    rule: baseWithoutLogin(),
    takes: "a base such as http://metroculusapi, without user, password, query and fragment",
  },
  CLUSTER_SECRET: {
    // It travels in a header.
    rule: z
      .string()
      .regex(/^[!-~]([ -~]*[!-~])?$/)
      .optional(),
    takes: "printable ASCII without blanks at its ends",
  },
  REDIS_URL: { rule: url(["redis", "rediss"]), takes: "redis://host:6379" },
  REDIS_CA_FILE: {
    rule: z.string().min(1).optional(),
    takes: "a PEM file with the authority that signed the Redis server's certificate",
  },
  LOG_LEVEL: {
    rule: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
    takes: "fatal, error, warn, info, debug, trace or silent",
  },
  METRICS_TOKEN: {
    rule: z
      .string()
      .regex(/^[\x21-\x7e]{16,}$/)
      .optional(),
    takes: "a token of at least 16 letters, digits and signs, with which Prometheus reads /metrics",
  },
  METRICS_PUBLIC: {
    rule: offByDefault,
    takes: "true or false: whether /metrics, without what names clusters, is for everybody",
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    rule: base(),
    takes: "the base of an OTLP/HTTP receiver, such as http://otel-collector:4318, without query and fragment",
  },
  SHUTDOWN_DELAY_MS: {
    rule: whole(0, 600_000).default(0),
    takes: "milliseconds, 0 to 600000",
  },
  METROCULUS_TIMEOUT_MS: {
    rule: milliseconds(3_000),
    takes: "milliseconds, 1 to 600000",
  },
  K8S_COSTS_BUDGET_MS: {
    rule: milliseconds(4_000),
    takes: "milliseconds, 1 to 600000",
  },
  K8S_COSTS_CONCURRENCY: {
    rule: whole(1, 1_000).default(128),
    takes: "a number from 1 to 1000",
  },
  OPTSCALE_URL: {
    rule: baseWithoutLogin(),
    takes:
      "the base of an OptScale or CloudTuner REST API, such as http://restapi, without user, password, query and fragment",
  },
  OPTSCALE_PROXY: {
    rule: offByDefault,
    takes: "true or false",
  },
  OPTSCALE_TIMEOUT_MS: {
    rule: milliseconds(30_000),
    takes: "milliseconds, 1 to 600000",
  },
  AUTH_URL: {
    rule: baseWithoutLogin(),
    takes: "the base of OptScale's auth service, such as http://auth, without user, password, query and fragment",
  },
  OIDC_ISSUER: {
    rule: baseWithoutLogin(),
    takes:
      "the address of an OpenID Connect issuer, as its tokens name it in `iss`, without user, password, query and fragment",
  },
  OIDC_AUDIENCE: {
    rule: z.string().min(1).optional(),
    takes: "the audience that tokens have to name in `aud`",
  },
  OIDC_ORGANIZATIONS_CLAIM: {
    rule: z.string().min(1).default("organizations"),
    takes: "the name of the claim that lists organization ids",
  },
  OIDC_CLOCK_TOLERANCE_SECONDS: {
    rule: whole(0, 600).default(30),
    takes: "seconds, 0 to 600",
  },
  REQUEST_TIMEOUT_MS: {
    rule: milliseconds(60_000),
    takes: "milliseconds, 1 to 600000",
  },
  RECEIVE_HEADERS_TIMEOUT_MS: {
    rule: milliseconds(30_000),
    takes: "milliseconds, 1 to 600000",
  },
  RECEIVE_TIMEOUT_MS: {
    rule: milliseconds(60_000),
    takes: "milliseconds, 1 to 600000",
  },
  MAX_REQUESTS_IN_FLIGHT: {
    rule: whole(1, 1_000_000).default(1_500),
    takes: "a number from 1 to 1000000",
  },
  MAX_WAIT_MS: {
    rule: milliseconds(3_000),
    takes: "milliseconds, 1 to 600000",
  },
  MAX_EVENT_LOOP_DELAY_MS: {
    rule: milliseconds(500),
    takes: "milliseconds, 1 to 600000",
  },
  RATE_LIMIT_PER_MINUTE: {
    rule: whole(1, 1_000_000).optional(),
    takes: "a number from 1 to 1000000",
  },
  GRAPHQL_DOCUMENTS: {
    rule: z.string().min(1).optional(),
    takes: "a JSON file with a list of documents, or of their SHA-256 in hexadecimal",
  },
  NODE_ENV: {
    rule: z.string().optional(),
    takes: "production, or what else the environment is called",
  },
  INTROSPECTION: {
    rule: trueOrFalse,
    takes: "true or false: whether everybody, or nobody, is told the schema",
  },
  GRAPHIQL: {
    rule: trueOrFalse,
    takes: "true or false: whether GraphiQL is served",
  },
  GRAPHQL_COMPILE_AFTER: {
    rule: whole(0, 1_000_000_000).default(2),
    takes: "a number from 0 to 1000000000",
  },
  GRAPHQL_MAX_DEPTH: { rule: whole(1, 1_000).default(20), takes: "levels of fields, 1 to 1000" },
  GRAPHQL_MAX_COST: { rule: whole(1, 1_000_000_000).default(100_000), takes: "fields of an answer, 1 to 1000000000" },
  GRAPHQL_MAX_ALIASES: { rule: whole(0, 10_000).default(100), takes: "a number from 0 to 10000" },
  GRAPHQL_MAX_DIRECTIVES: { rule: whole(0, 10_000).default(100), takes: "a number from 0 to 10000" },
  // Of half as many again, brackets in brackets or fragments in fragments could exhaust the stack in validation.
  GRAPHQL_MAX_TOKENS: { rule: whole(1, 10_000).default(5_000), takes: "a number from 1 to 10000" },
  GRAPHQL_MAX_BATCH: { rule: whole(1, 1_000).default(1), takes: "operations of a request, 1 to 1000" },
  GRAPHQL_MAX_BODY_BYTES: { rule: whole(1_024, 1_073_741_824).default(1_048_576), takes: "bytes, 1024 to 1073741824" },
  GRAPHQL_MAX_PAGE_SIZE: { rule: whole(1, 100_000).default(1_000), takes: "rows, 1 to 100000" },
  MAX_WINDOW_DAYS: { rule: whole(1, 10_000_000).optional(), takes: "days, 1 to 10000000" },
  MAX_LIST_VALUES: { rule: whole(1, 1_000_000).default(5_000), takes: "a number from 1 to 1000000" },
  THANOS_URL: {
    rule: base(),
    takes: "the base of a Prometheus or Thanos HTTP API, http(s)://user:password@host:9090, without query and fragment",
  },
} as const;

type Variables = typeof variables;
export type Environment = Readonly<Record<string, string | undefined>>;

/** The typed configuration, one property an environment variable. */
export type Config = {
  readonly [Name in keyof Variables]: z.output<Variables[Name]["rule"]>;
};

/**
 * Reads the configuration from environment variables; an empty value counts as not set.
 * @throws GatewayError BAD_CONFIGURATION, one line naming the variable and what it takes. The value
 *   itself is not repeated: it may be a secret.
 */
export function loadConfig(environment: Environment): Config {
  const config: Record<string, unknown> = {};
  for (const [name, { rule, takes }] of Object.entries(variables)) {
    const value = environment[name];
    const parsed = rule.safeParse(value === "" ? undefined : value);
    if (!parsed.success) {
      throw new GatewayError("BAD_CONFIGURATION", `${name} is not usable: it takes ${takes}.`, {
        details: { variable: name },
      });
    }
    config[name] = parsed.data;
  }
  for (const { variable, needs, without, why } of combinations) {
    // What is switched off wants nothing.
    if (!environment[variable] || config[variable] === false) continue;
    if (needs !== undefined && !environment[needs]) throw wrongCombination(variable, `needs ${needs}`, why);
    if (without !== undefined && environment[without])
      throw wrongCombination(variable, `does not go with ${without}`, why);
  }
  return config as Config;
}

/** What one variable takes of the others. */
const combinations: readonly {
  readonly variable: keyof Variables;
  readonly needs?: keyof Variables;
  readonly without?: keyof Variables;
  readonly why: string;
}[] = [
  { variable: "OPTSCALE_PROXY", needs: "OPTSCALE_URL", why: "there is nothing to pass requests on to" },
  { variable: "OPTSCALE_TIMEOUT_MS", needs: "OPTSCALE_URL", why: "nothing else waits that long" },
  { variable: "AUTH_URL", without: "OPTSCALE_URL", why: "OptScale asks its auth service itself" },
  { variable: "OIDC_ISSUER", without: "OPTSCALE_URL", why: "OptScale would not know such tokens" },
  { variable: "OIDC_ISSUER", needs: "OIDC_AUDIENCE", why: "a token made for another service must not work here" },
  { variable: "OIDC_AUDIENCE", needs: "OIDC_ISSUER", why: "nobody else issues tokens with an audience" },
  { variable: "OIDC_ORGANIZATIONS_CLAIM", needs: "OIDC_ISSUER", why: "only its tokens have claims" },
  { variable: "OIDC_CLOCK_TOLERANCE_SECONDS", needs: "OIDC_ISSUER", why: "only its tokens have times" },
];

function wrongCombination(variable: string, relation: string, why: string): GatewayError {
  return new GatewayError("BAD_CONFIGURATION", `${variable} ${relation}: ${why}.`, { details: { variable } });
}

/** Whether this process needs stores of its own: not when OptScale tells the expenses and another Metroculus the clusters. */
export function needsStores({
  OPTSCALE_URL,
  METROCULUS_URL,
}: Pick<Config, "OPTSCALE_URL" | "METROCULUS_URL">): boolean {
  return OPTSCALE_URL === undefined || METROCULUS_URL === undefined;
}

/** In production GraphiQL is served only where it is asked for: a browser shows no token when it opens a page. */
export function servesGraphiQL({ GRAPHIQL, NODE_ENV }: Pick<Config, "GRAPHIQL" | "NODE_ENV">): boolean {
  return GRAPHIQL ?? NODE_ENV !== "production";
}

/** Name, default and meaning of every variable, for `--help` and the README. */
export function describeVariables(): {
  name: string;
  takes: string;
  fallback: string | undefined;
}[] {
  return Object.entries(variables).map(([name, { rule, takes }]) => {
    const fallback = rule.safeParse(undefined);
    return {
      name,
      takes,
      fallback: fallback.success && fallback.data !== undefined ? String(fallback.data) : undefined,
    };
  });
}
