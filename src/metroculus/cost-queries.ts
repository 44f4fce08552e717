import { type ClusterCosts, clusterCosts, exporterSuffices } from "./cluster-costs.js";
import { clusterCostsAnswer, rounded, summaryOf } from "./cost-answers.js";
import { DailySamples } from "./daily-samples.js";
import { type ExporterReading, readExporter } from "./exporter-costs.js";
import { inventoryAnswer } from "./inventory-answer.js";
import {
  allocationMetrics,
  exporterClusterMetrics,
  exporterNamespaceMetrics,
  infrastructureMetrics,
  inventoryMetrics,
  namespaceEfficiencyMetrics,
  SAVINGS_CPU,
  SAVINGS_MEMORY,
} from "./metric-names.js";
import { metricsAnswer } from "./metrics-answer.js";
import { namespaceCosts } from "./namespace-costs.js";
import { OmError } from "./om-error.js";
import type { CostQuery } from "./parameters.js";
import type { LatestSample, SampleQuery, SampleSource } from "./source.js";
import type { Span } from "./steps.js";
import { readTenants, TenantSamples } from "./tenant-samples.js";

/** What the API's endpoints answer: for each account asked for one object, in the same order. */
export class CostQueries {
  constructor(private readonly source: SampleSource) {}

  async clusterCosts(query: CostQuery, signal: AbortSignal): Promise<object[]> {
    const costs = await this.costs(query, namespaceEfficiencyMetrics, signal);
    return query.cloudAccountIds.map((id) => clusterCostsAnswer(head(query, id), costs.get(id) as ClusterCosts));
  }

  /**
   * The cost of each UTC day of the window, the first and the last clipped to it, each as `clusterCosts` has it.
   * @throws OmError OM0006 when there are more days than an answer can have
   */
  async dailyCosts(query: CostQuery, signal: AbortSignal): Promise<object[]> {
    const span = elapsed(query);
    if (span.end - span.start > MAX_DAYS * DAY_MS) throw new OmError("OM0006", "start_date");
    const tenants = new Map(query.cloudAccountIds.map((id) => [id, new DailySamples(span)]));
    const costsOf = await this.fill(tenants, { span, metrics: namespaceEfficiencyMetrics, signal }, ({ days }) => days);
    return [...tenants].map(([id, { days, notices }]) => ({
      ...head(query, id),
      days: days.map((day) => {
        day.notices.push(...notices);
        const { start, end } = day.span;
        return clusterCostsAnswer(head({ start: start / 1000, end: Math.floor(end / 1000) }, id), costsOf(day));
      }),
    }));
  }

  async namespaces(query: CostQuery, signal: AbortSignal): Promise<object[]> {
    const costs = await this.costs(query, exporterNamespaceMetrics, signal);
    return query.cloudAccountIds.map((id) => {
      const cluster = costs.get(id) as ClusterCosts;
      return {
        ...head(query, id),
        namespaces: namespaceCosts(cluster).map(({ name, kind, components, efficiency }) => ({
          name,
          kind,
          ...summaryOf(components),
          cpu_efficiency: rounded(efficiency?.cpu ?? null),
          ram_efficiency: rounded(efficiency?.ram ?? null),
          total_efficiency: rounded(efficiency?.total ?? null),
        })),
        efficiency_unit: "fraction",
        coverage: rounded(cluster.coverage),
        ...(cluster.currency !== null && { currency: cluster.currency }),
        warnings: cluster.warnings,
      };
    });
  }

  /** @param names null for all of Kubecost's and the exporter's */
  async metrics(query: CostQuery, names: readonly string[] | null, signal: AbortSignal): Promise<object[]> {
    const { cloudAccountIds } = query;
    const span = elapsed(query);
    const metrics =
      names ??
      (await this.source.metricNames({ cloudAccountIds, span, signal })).filter((name) => name.includes("kubecost_"));
    const tenants = await readTenants(this.source, { cloudAccountIds, metrics, span, signal });
    return cloudAccountIds.map((id) => ({
      ...head(query, id),
      ...metricsAnswer(id, tenants.get(id) as TenantSamples, metrics),
    }));
  }

  async savings(query: CostQuery, signal: AbortSignal): Promise<object[]> {
    const { cloudAccountIds } = query;
    const request = { cloudAccountIds, metrics: [SAVINGS_CPU, SAVINGS_MEMORY], span: elapsed(query), signal };
    const tenants = await readTenants(this.source, request);
    return cloudAccountIds.map((id) => {
      const { metrics } = metricsAnswer(id, tenants.get(id) as TenantSamples, request.metrics);
      return {
        ...head(query, id),
        cpu_savings: metrics[SAVINGS_CPU] ?? [],
        memory_savings: metrics[SAVINGS_MEMORY] ?? [],
        units: { cpu_savings: "cores", memory_savings: "bytes" },
        potential_savings: null,
        warnings: [
          {
            code: "ALLOCATED_NOT_SAVED",
            message:
              "These are the cores and bytes that are allocated now, from which Kubecost sizes its advice. They are not savings, and no money.",
          },
        ],
      };
    });
  }

  async nodes(query: CostQuery, signal: AbortSignal): Promise<object[]> {
    const { cloudAccountIds } = query;
    const span = elapsed(query);
    const latest: readonly LatestSample[] = isEmptySpan(span)
      ? []
      : await this.source.latest({ cloudAccountIds, metrics: inventoryMetrics, span, signal });
    return cloudAccountIds.map((id) => ({
      ...head(query, id),
      ...inventoryAnswer(latest.filter(({ cloudAccountId }) => cloudAccountId === id)),
    }));
  }

  private async costs(
    query: CostQuery,
    namespaceMetrics: readonly string[],
    signal: AbortSignal,
  ): Promise<Map<string, ClusterCosts>> {
    const span = elapsed(query);
    const tenants = new Map(query.cloudAccountIds.map((id) => [id, new TenantSamples(span)]));
    const costsOf = await this.fill(tenants, { span, metrics: namespaceMetrics, signal }, (samples) => [samples]);
    return new Map([...tenants].map(([id, samples]) => [id, costsOf(samples)]));
  }

  /**
   * Reads what the costs of each part are worked out from, of the namespaces only the given metrics: one query for all
   * accounts. Containers are nearly all of the samples, so they are read only of accounts whose exporter does not tell
   * the whole of each part, by a second query for all of these. One query cannot do both: whether an exporter can be
   * believed is judged from its samples here (what is frozen, in which unit), not in SQL.
   */
  private async fill<Samples extends TenantSamples>(
    tenants: Map<string, Samples>,
    { span, metrics: namespaceMetrics, signal }: Pick<SampleQuery, "span" | "metrics" | "signal">,
    partsOf: (samples: Samples) => readonly TenantSamples[],
  ): Promise<(part: TenantSamples) => ClusterCosts> {
    const metrics = [...exporterClusterMetrics, ...namespaceMetrics, ...infrastructureMetrics];
    const request = { cloudAccountIds: [...tenants.keys()], metrics, span, signal };
    await readTenants(this.source, request, tenants);
    const exporters = new Map([...tenants.values()].flatMap(partsOf).map((part) => [part, readExporter(part)]));
    const reading = (part: TenantSamples) => exporters.get(part) as ExporterReading;
    const open = [...tenants].filter(
      ([, samples]) => !partsOf(samples).every((part) => exporterSuffices(reading(part), part)),
    );
    const cloudAccountIds = open.map(([id]) => id);
    await readTenants(this.source, { ...request, cloudAccountIds, metrics: allocationMetrics }, tenants);
    return (part) => clusterCosts(part, reading(part));
  }
}

const DAY_MS = 86_400_000;
/** A good year. */
const MAX_DAYS = 400;

function head({ start, end }: Pick<CostQuery, "start" | "end">, cloudAccountId: string) {
  return { cloud_account_id: cloudAccountId, start_date: start, end_date: end };
}

/** The part of the window that is past: nothing has been spent in the future. */
function elapsed({ start, end }: CostQuery): Span {
  return { start: start * 1000, end: Math.min(end * 1000, Date.now()) };
}

function isEmptySpan({ start, end }: Span): boolean {
  return !(end > start);
}
