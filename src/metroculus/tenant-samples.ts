import { grouped } from "./grouped.js";
import { identityOf, type Labels } from "./identity.js";
import { EGRESS_BYTES } from "./metric-names.js";
import type { Notice } from "./notice.js";
import { growth, LONGEST_LIMIT_MS, type Series, sampled, scrapeInterval } from "./sampled.js";
import type { SampleSource } from "./source.js";
import { duration, mean, type Span, type Steps } from "./steps.js";

/** One thing (a cluster, a load balancer, a container) and how a metric of it went over the span. */
export interface Thing {
  readonly labels: Labels;
  readonly steps: Steps;
}

/** What one tenant's samples say over a span. */
export class TenantSamples {
  private readonly series = new Map<string, Series[]>();
  private readonly merged = new Map<string, number>();

  /** What the source said of all that was read. */
  readonly notices: Notice[] = [];

  constructor(readonly span: Span) {}

  add(series: Series): void {
    const others = this.series.get(series.metric);
    if (others) others.push(series);
    else this.series.set(series.metric, [series]);
  }

  /** How many series were counted together with another one of the same thing and time. */
  get duplicates(): number {
    return [...this.merged.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Each series of a metric by itself. A counter's are in units an hour. */
  observations(metric: string): Thing[] {
    const all = this.series.get(metric) ?? [];
    const usual = usualInterval(all);
    const read = metric === EGRESS_BYTES ? growth : sampled;
    return all.map((series) => ({ labels: series.labels, steps: read(series, this.span, usual) }));
  }

  /** Each thing that a metric describes, once. */
  things(metric: string, observations: readonly Thing[] = this.observations(metric)): Thing[] {
    const groups = grouped(observations, ({ labels }) => identityOf(metric, labels));
    this.merged.set(metric, 0);
    return [...groups.values()].map((group) => this.once(metric, group));
  }

  private once(metric: string, group: readonly Thing[]): Thing {
    const [first] = group as [Thing];
    if (group.length === 1) return first;
    const steps = mean(group.map((thing) => thing.steps));
    const observed = group.reduce((total, thing) => total + duration(thing.steps), 0);
    if (observed > duration(steps)) this.merged.set(metric, (this.merged.get(metric) ?? 0) + group.length - 1);
    return { labels: first.labels, steps };
  }
}

/** The median of the series' own scrape intervals, in milliseconds; 0 when none has one. */
function usualInterval(all: readonly Series[]): number {
  const intervals = all.map(scrapeInterval).filter((interval) => interval > 0);
  return intervals.sort((a, b) => a - b)[intervals.length >> 1] ?? 0;
}

const PARTIAL: Notice = {
  code: "PARTIAL_SAMPLES",
  message: "The metrics store could read a part of its samples only: the cost may be higher.",
};

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * What is numerous is merged in longer windows, so that a series has some hundred samples however long the window
 * is: the mean of a step times its length costs the same.
 */
function resolutionFor({ start, end }: Span): number | undefined {
  const days = (end - start) / DAY_MS;
  if (days <= 1.5) return undefined;
  return (days <= 3 ? 5 : days <= 8 ? 15 : 60) * MINUTE_MS;
}

/**
 * Reads metrics of several tenants at once. A sample before the span may reach into it, and one after it tells
 * whether there is a gap at its end, so both are read too.
 */
export async function readTenants(
  source: SampleSource,
  request: {
    readonly cloudAccountIds: readonly string[];
    readonly metrics: readonly string[];
    readonly span: Span;
    readonly signal?: AbortSignal | undefined;
  },
  into: Map<string, TenantSamples> = new Map(
    request.cloudAccountIds.map((id) => [id, new TenantSamples(request.span)]),
  ),
): Promise<Map<string, TenantSamples>> {
  if (request.cloudAccountIds.length === 0 || !(request.span.end > request.span.start)) return into;
  const { start, end } = request.span;
  const wider = { start: start - LONGEST_LIMIT_MS, end: Math.min(end + LONGEST_LIMIT_MS, Math.max(end, Date.now())) };
  const onPartial = () => {
    for (const id of request.cloudAccountIds) into.get(id)?.notices.push(PARTIAL);
  };
  for await (const series of source.read({
    ...request,
    span: wider,
    resolution: resolutionFor(request.span),
    onPartial,
  })) {
    into.get(series.cloudAccountId)?.add(series);
  }
  return into;
}
