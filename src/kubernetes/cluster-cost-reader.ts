import { isObject, type JsonObject } from "../json.js";
import { type EpochSeconds, endOfDay, SECONDS_PER_DAY, startOfDay, type Window } from "../time.js";
import { wouldFailAgain } from "./call-result.js";
import type { ClusterWindow } from "./cluster-cost.js";
import { finite } from "./json.js";
import { type ClusterReading, failedReading, judge } from "./judging.js";
import { isOfAnotherAccount } from "./other-account.js";
import type { CallLimits, Upstream } from "./upstream.js";

/** From so many days of a cluster on, one call for all of them is tried. */
const WORTH_BATCHING = 5;
/** More days than this are not asked for with one call. */
const MOST_DAYS = 400;
/** How long a Metroculus without the endpoint is not asked for it again. Milliseconds. */
const REMEMBER_MISSING = 10 * 60_000;

interface Read {
  readonly cluster: ClusterWindow;
  readonly limits: CallLimits;
  readonly settle: (reading: Promise<ClusterReading>) => void;
}

/**
 * Reads clusters' costs. Days of one cluster that are asked for at the same time come with one call where Metroculus
 * has an endpoint for it, as the built-in one has; else each with a call of its own.
 */
export class ClusterCostReader {
  #gathered: Read[] = [];
  #missingUntil = 0;

  constructor(
    private readonly upstream: Pick<Upstream, "call">,
    private readonly now: () => EpochSeconds,
  ) {}

  /** @throws the signal's reason when the signal ends the call. */
  read(cluster: ClusterWindow, limits: CallLimits): Promise<ClusterReading> {
    // What a request asks for at once arrives over several microtasks. No DataLoader: that would answer all of a
    // batch together, and a cluster that hangs would hold up the others.
    if (this.#gathered.length === 0) setImmediate(() => this.#dispatch());
    return new Promise((settle) => {
      this.#gathered.push({ cluster, limits, settle });
    });
  }

  #dispatch(): void {
    const reads = this.#gathered;
    this.#gathered = [];
    const together = new Map<Read, Promise<ReadonlyMap<Read, ClusterReading>>>();
    for (const days of seriesOfDays(reads)) {
      const found = this.#readDays(days);
      for (const day of days) together.set(day, found);
    }
    for (const read of reads) {
      const found = together.get(read);
      read.settle(
        found === undefined ? this.#readOne(read) : found.then((days) => days.get(read) ?? this.#readOne(read)),
      );
    }
  }

  async #readOne({ cluster, limits }: Read): Promise<ClusterReading> {
    const result = await this.upstream.call("kubecost_cluster_costs", parametersOf(cluster, cluster.window), limits);
    return result.ok ? judge(cluster, result.body, this.now()) : failedReading(cluster, result.failure);
  }

  /** What one call tells of the days; empty where this Metroculus has no such call. */
  async #readDays(days: readonly Read[]): Promise<ReadonlyMap<Read, ClusterReading>> {
    const [{ cluster }] = days as [Read];
    if (performance.now() < this.#missingUntil) return new Map();
    const parameters = parametersOf(cluster, spanOf(days));
    const result = await this.upstream.call("kubecost_daily_costs", parameters, jointLimits(days));
    const isOurs = result.ok && !isOfAnotherAccount(result.body, cluster.cloudAccountId);
    const answers = isOurs ? answersByDay(result.body) : null;
    if (answers !== null) {
      return new Map(
        days.flatMap((day) => {
          const answer = answers.get(startOfDay(day.cluster.window.start));
          return answer === undefined ? [] : [[day, judge(day.cluster, answer, this.now())] as const];
        }),
      );
    }
    if (!result.ok && wouldFailAgain(result.failure)) {
      const { failure } = result;
      return new Map(days.map((day) => [day, failedReading(day.cluster, failure)]));
    }
    if (result.ok || result.failure.code === "ENDPOINT_NOT_DEPLOYED") {
      this.#missingUntil = performance.now() + REMEMBER_MISSING;
    }
    return new Map();
  }
}

function parametersOf({ cloudAccountId }: ClusterWindow, { start, end }: Window) {
  return { cloud_account_id: cloudAccountId, start_date: start, end_date: end };
}

/** Groups of reads that are all days of one cluster, without large holes between them. */
function seriesOfDays(reads: readonly Read[]): Read[][] {
  const clusters = new Map<string, Read[]>();
  for (const read of reads) {
    const { cloudAccountId, window } = read.cluster;
    if (startOfDay(window.start) !== startOfDay(window.end)) continue;
    const days = clusters.get(cloudAccountId);
    if (days) days.push(read);
    else clusters.set(cloudAccountId, [read]);
  }
  return [...clusters.values()].flatMap((days) => {
    const span = spanOf(days);
    // Only the first and the last may be a part of a day: the parts of all others would not be told.
    const told = days.filter(
      ({ cluster: { window } }) =>
        (window.start === startOfDay(window.start) || window.start === span.start) &&
        (window.end === endOfDay(window.end) || window.end === span.end),
    );
    const length = (span.end - span.start) / SECONDS_PER_DAY;
    return told.length >= WORTH_BATCHING && length <= Math.min(MOST_DAYS, 2 * told.length) ? [told] : [];
  });
}

function spanOf(days: readonly Read[]): Window {
  return {
    start: Math.min(...days.map(({ cluster }) => cluster.window.start)),
    end: Math.max(...days.map(({ cluster }) => cluster.window.end)),
  };
}

/** As long as anybody waits for one of the days. */
function jointLimits(days: readonly Read[]): CallLimits {
  const all = new AbortController();
  let waiting = days.length;
  const leave = () => {
    if (--waiting === 0) all.abort();
  };
  for (const { limits } of days) {
    if (limits.signal.aborted) leave();
    else limits.signal.addEventListener("abort", leave, { once: true });
  }
  return { signal: all.signal, deadline: Math.max(...days.map(({ limits }) => limits.deadline)) };
}

/** The days of the built-in Metroculus's answer by their midnight; null for any other body. */
function answersByDay(body: unknown): ReadonlyMap<EpochSeconds, JsonObject> | null {
  if (!isObject(body) || !Array.isArray(body.days)) return null;
  return new Map(
    body.days.filter(isObject).flatMap((day) => {
      const start = finite(day.start_date);
      return start === null ? [] : [[startOfDay(start), day] as const];
    }),
  );
}
