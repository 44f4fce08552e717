import { Pool } from "undici";
import { GatewayError } from "../errors.js";
import { isKept } from "./metric-names.js";
import { type MatrixSeries, matrixOf } from "./prometheus-matrix.js";
import type { Series } from "./sampled.js";
import type { LatestSample, SampleQuery, SampleSource } from "./source.js";
import type { Span } from "./steps.js";

const HOUR_MS = 3_600_000;
/** Up to here samples are read as they were scraped; beyond, on a grid, because they would be too many. */
const LONGEST_RAW_MS = 36 * HOUR_MS;
/** Seconds between the points of the grid. */
const GRID_S = { fine: 60, coarse: 300 };
const FINE_GRID_MS = 8 * 24 * HOUR_MS;
/** Prometheus refuses more points a series in one answer. */
const MAX_POINTS = 11_000;
const TIMEOUT_MS = 30_000;
const MAX_BODY_BYTES = 256 * 1024 * 1024;

/** Samples in a Prometheus or Thanos, read through its HTTP API. A tenant's are those with its id in the label `tenant_id`. */
export class PrometheusSamples implements SampleSource {
  private readonly pool: Pool;
  private readonly path: string;
  private readonly authorization: { authorization?: string } = {};

  /** @param url the API's base, without `/api/v1`; a user and password in it are sent as basic auth */
  constructor(url: string) {
    const base = new URL(url);
    this.pool = new Pool(base.origin, { connections: 8, connect: { timeout: 5_000 } });
    this.path = `${base.pathname.replace(/\/+$/, "")}/api/v1`;
    if (base.username !== "") {
      const credentials = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
      this.authorization = { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
    }
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  async *read(query: SampleQuery): AsyncGenerator<Series> {
    if (query.metrics.length === 0) return;
    const { start, end } = query.span;
    const parts = end - start <= LONGEST_RAW_MS ? [await this.raw(query)] : await this.onGrid(query);
    for (const series of joined(parts, query.span)) yield series;
  }

  async latest(query: SampleQuery): Promise<LatestSample[]> {
    const { start, end } = query.span;
    const step = Math.max(GRID_S.fine, Math.ceil((end - start) / 1000 / 500));
    const parts = await this.onGrid(query, step);
    return joined(parts, query.span).map(({ cloudAccountId, metric, labels, times, values }) => ({
      cloudAccountId,
      metric,
      labels,
      time: times.at(-1) as number,
      value: values.at(-1) as number,
    }));
  }

  async metricNames(query: Omit<SampleQuery, "metrics">): Promise<string[]> {
    const tenants = `{__name__=~"(cloudtuner_)?kubecost_.*",tenant_id=~"${anyOf(query.cloudAccountIds)}"}`;
    const found = await this.call("query", query, {
      query: `group by (__name__) (last_over_time(${tenants}[${milliseconds(query.span)}]))`,
      time: String(query.span.end / 1000),
    });
    return found.flatMap(({ metric }) => metric.__name__ ?? []).filter(isKept);
  }

  private raw(query: SampleQuery): Promise<MatrixSeries[]> {
    return this.call("query", query, {
      query: `${selector(query)}[${milliseconds(query.span)}]`,
      time: String(query.span.end / 1000),
    });
  }

  /** Each point is the last sample of the step before it; a plain selector would repeat samples for five minutes. */
  private async onGrid(query: SampleQuery, step?: number): Promise<MatrixSeries[][]> {
    const { start, end } = query.span;
    const seconds = step ?? (end - start <= FINE_GRID_MS ? GRID_S.fine : GRID_S.coarse);
    // One millisecond less than the step, because both ends of a range are in it: no sample comes twice.
    const expression = `last_over_time(${selector(query)}[${seconds * 1000 - 1}ms])`;
    const parts: MatrixSeries[][] = [];
    for (let from = start; from < end; from += MAX_POINTS * seconds * 1000) {
      const to = Math.min(from + (MAX_POINTS - 1) * seconds * 1000, end);
      parts.push(
        await this.call("query_range", query, {
          query: expression,
          start: String(from / 1000),
          end: String(to / 1000),
          step: String(seconds),
          // Thanos keeps old samples thinned out only, and does not say so unless asked.
          max_source_resolution: seconds >= GRID_S.coarse ? "5m" : "0s",
        }),
      );
    }
    return parts;
  }

  /** @throws GatewayError STORE_UNAVAILABLE */
  private async call(
    endpoint: "query" | "query_range",
    query: Pick<SampleQuery, "signal" | "onPartial">,
    parameters: Readonly<Record<string, string>>,
  ): Promise<MatrixSeries[]> {
    const deadline = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const { statusCode, body } = await this.pool.request({
        method: "POST",
        path: `${this.path}/${endpoint}`,
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          accept: "application/json",
          ...this.authorization,
        },
        body: new URLSearchParams({ ...parameters, timeout: `${TIMEOUT_MS / 1000}s` }).toString(),
        signal: query.signal ? AbortSignal.any([deadline, query.signal]) : deadline,
      });
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of body) {
        size += (chunk as Buffer).length;
        if (size > MAX_BODY_BYTES) throw new Error(`its answer is larger than ${MAX_BODY_BYTES} bytes`);
        chunks.push(chunk as Buffer);
      }
      const { series, partial } = matrixOf(statusCode, Buffer.concat(chunks, size).toString("utf8"));
      if (partial) query.onPartial?.();
      return series;
    } catch (error) {
      if (query.signal?.aborted) throw error;
      throw new GatewayError("STORE_UNAVAILABLE", "The Prometheus at THANOS_URL did not answer the query.", {
        cause: error,
      });
    }
  }
}

function selector({ metrics, cloudAccountIds }: SampleQuery): string {
  return `{__name__=~"${anyOf(metrics)}",tenant_id=~"${anyOf(cloudAccountIds)}"}`;
}

/** A regular expression for any of these texts and nothing else, as it stands between the quotes of PromQL. */
function anyOf(texts: readonly string[]): string {
  return texts.map((text) => text.replace(/[^\w-]/g, (character) => `\\\\${character}`)).join("|");
}

function milliseconds({ start, end }: Span): string {
  return `${Math.max(1, Math.ceil(end - start))}ms`;
}

/** The parts of each series put together, without what lies outside of the span. */
function joined(parts: readonly (readonly MatrixSeries[])[], { start, end }: Span): Series[] {
  const found = new Map<string, { metric: Record<string, string>; values: [number, number][] }>();
  for (const { metric, values } of parts.flat()) {
    const key = JSON.stringify(Object.entries(metric).sort());
    const series = found.get(key) ?? { metric, values: [] };
    found.set(key, series);
    for (const [time, value] of values) {
      if (time >= start && time < end) series.values.push([time, value]);
    }
  }
  return [...found.values()].flatMap(({ metric, values }) => {
    const { __name__: name, tenant_id: cloudAccountId, ...labels } = metric;
    if (name === undefined || cloudAccountId === undefined || values.length === 0) return [];
    return [
      {
        cloudAccountId,
        metric: name,
        labels,
        times: Float64Array.from(values, ([time]) => time),
        values: Float64Array.from(values, ([, value]) => value),
      },
    ];
  });
}
