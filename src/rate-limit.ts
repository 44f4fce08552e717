import type { IncomingHttpHeaders } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import type { Authenticator } from "./accounts/authentication.js";
import { type Credentials, credentialsOf, credentialsOfV2 } from "./accounts/credentials.js";
import { proven } from "./accounts/principal.js";
import { secretDigest } from "./accounts/secrets.js";
import { clientAddress } from "./client-address.js";
import type { Config } from "./config.js";
import { GatewayError } from "./errors.js";

/**
 * What may be asked too often, and how it reads credentials. Not samples, whose senders are held to what is stored, nor
 * probes and files.
 */
const limited: ReadonlyMap<string | undefined, (headers: IncomingHttpHeaders) => Credentials> = new Map([
  ["/graphql", credentialsOf],
  ["/restapi", credentialsOfV2],
  ["/restapi/", credentialsOfV2],
]);

/** Of so many callers and of so many addresses it is remembered how much they asked. */
const REMEMBERED = 10_000;
/** How long credentials that held are taken for somebody's. What they open is judged anew each time. Milliseconds. */
const BELIEVED = 60_000;

export interface RateLimitOptions {
  readonly config: Pick<Config, "RATE_LIMIT_PER_MINUTE" | "GRAPHQL_MAX_BATCH">;
  /** Who tells whether the credentials of a request hold. */
  readonly authenticatorOf: (credentials: Credentials) => Authenticator;
}

/**
 * Refuses with RATE_LIMITED what a caller asks beyond RATE_LIMIT_PER_MINUTE. Whoever's credentials hold is counted by
 * them, everybody else by their address, so that an invented token earns nothing. Each operation of a batch counts. How
 * many there are shows only when the request has been let in and its body read: those after the first are owed. To be
 * called before routes are made.
 */
export function limitRate(app: FastifyInstance, { config, authenticatorOf }: RateLimitOptions): void {
  const perMinute = config.RATE_LIMIT_PER_MINUTE;
  if (perMinute === undefined) return;
  // Apart, so that no flood of addresses makes it forgotten what callers asked.
  const callers = new Buckets(perMinute);
  const addresses = new Buckets(perMinute);
  const known = new LRUCache<string, true>({ max: REMEMBERED, ttl: BELIEVED });
  const payers = new WeakMap<FastifyRequest, (tokens: number) => void>();

  const isSomebody = async (credentials: Credentials, digest: string): Promise<boolean> => {
    if (known.has(digest)) return true;
    try {
      await proven(await authenticatorOf(credentials).authenticate(credentials));
    } catch {
      // Why it does not hold is told by whoever answers the request.
      return false;
    }
    known.set(digest, true);
    return true;
  };

  app.addHook("onRequest", async (request, reply) => {
    const read = limited.get(request.routeOptions.url);
    if (read === undefined) return;
    const credentials = read(request.headers);
    const digest = secretDigest(JSON.stringify([credentials.token, credentials.secret]));
    const isNobody = credentials.token === undefined && credentials.secret === undefined;
    const isCaller = !isNobody && (await isSomebody(credentials, digest));
    const buckets = isCaller ? callers : addresses;
    const key = isCaller ? digest : networkOf(clientAddress(request));
    const wait = buckets.take(key);
    if (wait === 0) {
      payers.set(request, (tokens) => buckets.owe(key, tokens));
      return;
    }
    void reply.header("retry-after", wait);
    throw new GatewayError(
      "RATE_LIMITED",
      `You asked more than ${perMinute} times a minute: try again in ${wait} s, or ask for more at a time.`,
      { details: { retryAfter: wait } },
    );
  });
  app.addHook("preValidation", (request, _reply, done) => {
    const { body } = request;
    // Of a larger one nothing is done.
    if (Array.isArray(body) && body.length > 1 && body.length <= config.GRAPHQL_MAX_BATCH) {
      payers.get(request)?.(body.length - 1);
    }
    done();
  });
}

/** Buckets that start full and fill evenly. */
class Buckets {
  readonly #buckets = new LRUCache<string, { tokens: number; filledAt: number }>({ max: REMEMBERED });

  /** @param perMinute how many tokens come in a minute, and how many a bucket holds */
  constructor(private readonly perMinute: number) {}

  /** Takes a token: 0 when there was one, else in how many whole seconds there will be. */
  take(key: string): number {
    const bucket = this.#filled(key);
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / this.perMinute) * 60);
    bucket.tokens--;
    return 0;
  }

  /** Takes more than there may be: the bucket is empty until as many have come in. */
  owe(key: string, tokens: number): void {
    this.#filled(key).tokens -= tokens;
  }

  #filled(key: string): { tokens: number } {
    const now = performance.now();
    const bucket = this.#buckets.get(key) ?? { tokens: this.perMinute, filledAt: now };
    bucket.tokens = Math.min(this.perMinute, bucket.tokens + ((now - bucket.filledAt) * this.perMinute) / 60_000);
    bucket.filledAt = now;
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

/** Whoever has one IPv6 address has 2^64 of them: such count as one. */
function networkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined || !ip.includes(":")) return mapped ?? ip;
  const [start = "", end] = ip.split("%", 1)[0]?.split("::") ?? [];
  const groups = start.split(":").filter((group) => group !== "");
  if (end === undefined) return groups.slice(0, 4).join(":");
  const last = end.split(":").filter((group) => group !== "");
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - last.length) }, () => "0");
  return [...groups, ...zeros, ...last].slice(0, 4).join(":");
}
