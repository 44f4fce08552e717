import { type Config, needsStores } from "../../config.js";
import { refusalOf } from "../../kubernetes/http-status.js";
import { RemoteService } from "../../remote-service.js";
import { now, SECONDS_PER_DAY } from "../../time.js";
import { readClock, withClock } from "./clock.js";
import { type Check, type Finding, fail, none, ok } from "./finding.js";

/** Nobody who runs the doctor waits longer. Milliseconds. */
const TIMEOUT = 5_000;

/** An account that nobody has: Metroculus answers for it, with nothing. */
const NOBODY = "00000000-0000-4000-8000-000000000000";

interface Service {
  readonly name: string;
  readonly variable: keyof Config & string;
  readonly url: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is wrong with a status, or null. */
  readonly judge: (status: number) => string | null;
}

/**
 * Every other service that is spoken to over HTTP. A new one is one more entry here.
 * @param clusterSecret what Metroculus is called with
 */
export function httpServiceChecks(config: Config, clusterSecret: () => Promise<string>): readonly Check[] {
  const { METROCULUS_URL, THANOS_URL, OPTSCALE_URL, AUTH_URL, OIDC_ISSUER } = config;
  return [
    {
      name: "Metroculus",
      run: async () =>
        METROCULUS_URL === undefined ? ok("built in") : ask(metroculus(METROCULUS_URL, await clusterSecret())),
    },
    ...(THANOS_URL === undefined || METROCULUS_URL !== undefined ? [] : [check(thanos(THANOS_URL))]),
    ...(OPTSCALE_URL === undefined ? [] : [check(optScale(OPTSCALE_URL))]),
    ...(AUTH_URL === undefined ? [] : [check(authService(AUTH_URL))]),
    ...(OIDC_ISSUER === undefined ? [] : [check(issuer(OIDC_ISSUER))]),
  ];
}

/** In front of an OptScale that has a Metroculus, nothing is kept here. */
export function withoutStores(config: Config): Finding | null {
  return needsStores(config) ? null : none("not needed in front of OPTSCALE_URL with METROCULUS_URL");
}

function check(service: Service): Check {
  return { name: service.name, run: () => ask(service) };
}

function metroculus(url: string, secret: string): Service {
  const end = now();
  return {
    name: "Metroculus",
    variable: "METROCULUS_URL",
    url,
    target: `/metroculus/v2/kubecost_cluster_costs?cloud_account_id=${NOBODY}&start_date=${end - SECONDS_PER_DAY}&end_date=${end}`,
    headers: { Secret: secret, Accept: "application/json" },
    judge(status) {
      const refusal = refusalOf(status);
      return refusal === null || refusal.ok ? null : refusal.failure.message;
    },
  };
}

function thanos(url: string): Service {
  const { username, password } = new URL(url);
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    name: "Thanos",
    variable: "THANOS_URL",
    url,
    target: "/api/v1/query?query=1",
    ...(username !== "" && {
      headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` },
    }),
    judge: (status) =>
      status === 200
        ? null
        : status === 401 || status === 403
          ? "it does not accept the credentials in THANOS_URL."
          : `it answers HTTP ${status} to a query: check that THANOS_URL is the base of a Prometheus HTTP API.`,
  };
}

/** Without credentials it refuses, which is an answer. */
function optScale(url: string): Service {
  return {
    name: "OptScale",
    variable: "OPTSCALE_URL",
    url,
    target: "/restapi/v2/organizations",
    judge: (status) =>
      status === 200 || status === 401
        ? null
        : `it answers HTTP ${status} where OptScale asks for a token: check that OPTSCALE_URL is its REST API.`,
  };
}

function authService(url: string): Service {
  return {
    name: "auth service",
    variable: "AUTH_URL",
    url,
    target: "/auth/v2/action_resources?action=INFO_ORGANIZATION",
    judge: (status) =>
      status === 200 || status === 401
        ? null
        : `it answers HTTP ${status} where OptScale's auth service asks for a token: check AUTH_URL.`,
  };
}

function issuer(url: string): Service {
  return {
    name: "OpenID issuer",
    variable: "OIDC_ISSUER",
    url,
    target: "/.well-known/openid-configuration",
    judge: (status) =>
      status === 200 ? null : `it answers HTTP ${status} where its discovery document should be: check OIDC_ISSUER.`,
  };
}

async function ask({ name, variable, url, target, headers, judge }: Service): Promise<Finding> {
  const service = new RemoteService({ name, variable, url, timeoutMs: TIMEOUT, connections: 1 });
  try {
    let date: string | undefined;
    let wrong: string | null = null;
    const clock = await readClock(1_000, async () => {
      const { status, headers: answered, body } = await service.open({ target, ...(headers && { headers }) });
      body.destroy();
      wrong = judge(status);
      date = answered.date;
      return Date.parse(date ?? "");
    });
    if (wrong !== null) return fail(wrong);
    return Number.isNaN(clock.theirs) ? ok("it answers") : withClock("it answers", clock);
  } finally {
    await service.close();
  }
}
