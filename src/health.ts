import type { FastifyInstance } from "fastify";
import type { Logger } from "./log.js";

/** Something that the gateway needs, or is better with. */
export interface Dependency {
  readonly name: string;
  /** Whether it answers now; rejecting means no. */
  answers(): Promise<boolean>;
}

export interface HealthOptions {
  /** Without one of them nothing can be answered. Asked each time. */
  readonly required: readonly Dependency[];
  /**
   * Without them answers are poorer or slower. They belong to others, and if they failed the readiness of every replica
   * failed with them: they are told of, and never make the gateway unready.
   */
  readonly helpful?: readonly Dependency[];
  /** Whether the process is about to end. */
  readonly isStopping: () => boolean;
  /** Told what was found, for metrics. */
  readonly note: (dependency: string, isUp: boolean) => void;
  /** Told when readiness becomes another one. */
  readonly log: Logger;
}

/** What takes longer to say anything at all is of no use to a caller either. Milliseconds. */
const PATIENCE = 2_000;
/** A helpful dependency is asked no more often, whoever asks us. Milliseconds. */
const BELIEVED = 10_000;

type Status = "ready" | "degraded" | "unavailable" | "stopping";

/** `/healthz`: 200 while the process runs. `/readyz`: 200 while it can answer, 503 otherwise; each dependency by name. */
export function registerHealth(
  app: FastifyInstance,
  { required, helpful = [], isStopping, note, log }: HealthOptions,
): void {
  const asked = (dependency: Dependency) => async (): Promise<boolean> => {
    const isUp = await inTime(dependency.answers());
    note(dependency.name, isUp);
    return isUp;
  };
  const checks = [
    ...required.map((dependency) => ({ name: dependency.name, required: true, ask: asked(dependency) })),
    ...helpful.map((dependency) => ({ name: dependency.name, required: false, ask: remembered(asked(dependency)) })),
  ];
  let latest: Status = "ready";
  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    const found = await Promise.all(checks.map(async (check) => ({ ...check, isUp: await check.ask() })));
    const lacks = (needed: boolean) => found.some(({ isUp, required }) => !isUp && required === needed);
    const status: Status = isStopping()
      ? "stopping"
      : lacks(true)
        ? "unavailable"
        : lacks(false)
          ? "degraded"
          : "ready";
    const stands = Object.fromEntries(found.map(({ name, isUp }) => [name, isUp]));
    if (status !== latest) log[status === "ready" ? "info" : "warn"]({ status, ...stands }, "readiness changed");
    latest = status;
    return reply
      .code(status === "ready" || status === "degraded" ? 200 : 503)
      .header("cache-control", "no-store")
      .send({ status, ...stands });
  });
}

/** Asks anew only after a while, and lets nobody but the first wait for it. */
function remembered(ask: () => Promise<boolean>): () => Promise<boolean> {
  let latest: Promise<boolean> | undefined;
  let asking = false;
  let askedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (!asking && performance.now() - askedAt > BELIEVED) {
      asking = true;
      askedAt = performance.now();
      const answer = ask().finally(() => {
        asking = false;
        latest = answer;
      });
      latest ??= answer;
    }
    return latest as Promise<boolean>;
  };
}

async function inTime(answer: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, PATIENCE, false);
  });
  try {
    return await Promise.race([answer.catch(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}
