import type { Config } from "../config.js";
import { GatewayError } from "../errors.js";
import type { Logger } from "../log.js";
import { readCa } from "../stores/certificate-authority.js";
import { RETENTION } from "./freshness.js";
import type { Observe } from "./observation.js";
import type { Kept, SharedCache } from "./shared-cache.js";

/** Redis is there to be quicker than Metroculus: an answer that takes longer than this is not waited for. */
const PATIENCE_MS = 150;
/** After an answer that did not come, Redis is left alone for so long. */
const REST_MS = 5_000;
/** Names the layout of what is kept: another layout is another name, and never read by mistake. */
const LAYOUT = "expense-gateway:2";

/** Where a Redis answers, and whose word is taken for it being that one. */
export interface RedisLocation {
  readonly url: string;
  /** The authority of the server's certificate, PEM, in place of those that the system trusts. */
  readonly ca?: string | undefined;
}

/**
 * Null when there is none to be had.
 * @throws GatewayError BAD_CONFIGURATION when there are no certificates in REDIS_CA_FILE, or no use for them
 */
export function redisLocation({
  REDIS_URL: url,
  REDIS_CA_FILE: caFile,
}: Partial<Pick<Config, "REDIS_URL" | "REDIS_CA_FILE">>): RedisLocation | null {
  if (url === undefined) return null;
  if (caFile === undefined) return { url };
  if (!url.startsWith("rediss:")) {
    throw new GatewayError("BAD_CONFIGURATION", "REDIS_CA_FILE needs a REDIS_URL with rediss://, which speaks TLS.");
  }
  return { url, ca: readCa(caFile, "REDIS_CA_FILE") };
}

export interface RedisCacheOptions<Value> {
  readonly location: RedisLocation;
  /** Names what the values were read from: no other source's are found. */
  readonly source: string;
  readonly log: Logger;
  readonly observe: Observe;
  /** Reads a key's value back, or null when what was found is not one (any more). */
  readonly revive: (found: unknown, key: string) => Value | null;
}

type Client = Awaited<ReturnType<typeof clientOf>>;

/** Loaded here, because most have no Redis, and the client is a tenth of what a start takes. */
async function clientOf(location: RedisLocation) {
  const { createClient } = await import("@redis/client");
  return createClient({
    url: location.url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: 10_000,
    socket: {
      ...trusting(location),
      connectTimeout: 1_000,
      reconnectStrategy: (attempt) => Math.min(2 ** attempt * 50, 5_000),
    },
  });
}

/** Connects in the background and keeps trying: neither a missing nor a hanging Redis holds anything up. */
export class RedisCache<Value> implements SharedCache<Value> {
  /** Undefined until it is loaded. */
  #redis: Client | undefined;
  #isClosed = false;
  /** On the clock of `performance.now()`, which nobody sets back. */
  #restUntil = 0;
  #complained = false;

  constructor(private readonly options: RedisCacheOptions<Value>) {
    this.#connect().catch((error: unknown) => this.#complain(error));
  }

  async #connect(): Promise<void> {
    const redis = await clientOf(this.options.location);
    if (this.#isClosed) return;
    redis.on("error", (error: unknown) => this.#complain(error));
    redis.on("ready", () => {
      this.#complained = false;
    });
    this.#redis = redis;
    await redis.connect();
  }

  async get(key: string): Promise<Kept<Value> | null> {
    const text = await this.#patiently((redis) => redis.get(this.#keyOf(key)));
    const kept = text === null || text === undefined ? null : this.#revived(text, key);
    if (text !== undefined) this.options.observe({ kind: "shared-cache", outcome: kept === null ? "miss" : "hit" });
    return kept;
  }

  async set(key: string, kept: Kept<Value>): Promise<void> {
    await this.#patiently((redis) =>
      redis.set(this.#keyOf(key), JSON.stringify(kept), { expiration: { type: "EX", value: RETENTION } }),
    );
  }

  get isConnected(): boolean {
    return this.#redis?.isReady === true && performance.now() >= this.#restUntil;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#redis?.destroy();
  }

  #keyOf(key: string): string {
    return `${LAYOUT}:${this.options.source}:${key}`;
  }

  /** Undefined when Redis is away, fails or takes too long. */
  async #patiently<Reply>(command: (redis: Client) => Promise<Reply>): Promise<Reply | undefined> {
    const redis = this.#redis;
    if (!redis?.isReady || performance.now() < this.#restUntil) return undefined;
    let impatience: NodeJS.Timeout | undefined;
    try {
      return await Promise.race([
        command(redis),
        new Promise<never>((_resolve, reject) => {
          impatience = setTimeout(() => reject(new Error("Redis does not answer.")), PATIENCE_MS);
        }),
      ]);
    } catch (error) {
      this.#restUntil = performance.now() + REST_MS;
      this.#complain(error);
      return undefined;
    } finally {
      clearTimeout(impatience);
    }
  }

  #revived(text: string, key: string): Kept<Value> | null {
    try {
      const { value, readAt } = JSON.parse(text) as { value?: unknown; readAt?: unknown };
      const revived = this.options.revive(value, key);
      return revived === null || typeof readAt !== "number" ? null : { value: revived, readAt };
    } catch {
      return null;
    }
  }

  /** Once an outage. The error's code only: its text may hold the address, and the address a password. */
  #complain(error: unknown): void {
    this.options.observe({ kind: "shared-cache", outcome: "failed" });
    if (this.#complained) return;
    this.#complained = true;
    const code = (error as { code?: unknown }).code;
    this.options.log.warn(
      { code: typeof code === "string" ? code : "UNKNOWN" },
      "Redis at REDIS_URL does not answer: cluster costs are cached in this process only until it does",
    );
  }
}

/** Which Redis answers at an address, and its time (milliseconds since the epoch). Rejects with the client's own error. */
export async function askRedis(location: RedisLocation): Promise<{ readonly version: string; readonly now: number }> {
  const { createClient } = await import("@redis/client");
  const client = createClient({
    url: location.url,
    socket: { ...trusting(location), connectTimeout: 5_000, reconnectStrategy: false },
  });
  // Whoever asked is told by the rejection.
  client.on("error", () => {});
  try {
    await client.connect();
    const version = /^redis_version:(\S+)/m.exec(await client.info("server"))?.[1] ?? "";
    const [seconds, microseconds] = await client.sendCommand<[string, string]>(["TIME"]);
    return { version, now: Number(seconds) * 1000 + Number(microseconds) / 1000 };
  } finally {
    client.destroy();
  }
}

/** A url with rediss:// speaks TLS by itself. */
function trusting({ ca }: RedisLocation): { tls: true; ca: string } | undefined {
  return ca === undefined ? undefined : { tls: true, ca };
}
