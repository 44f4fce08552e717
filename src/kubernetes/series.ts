import { isObject } from "../json.js";

/** The labels of one series. */
export type LabelledSeries = Readonly<Record<string, string>>;

/**
 * The label sets in a body of `kubecost_metrics` by metric name. Each metric may come as a list of points (of a range
 * query) or as Prometheus's own answer (of an instant one), and both may occur in one body.
 * @returns null for a body that is no such answer.
 */
export function seriesOf(body: unknown): ReadonlyMap<string, readonly LabelledSeries[]> | null {
  if (!isObject(body) || !isObject(body.metrics)) return null;
  return new Map(Object.entries(body.metrics).map(([metric, value]) => [metric, labelsOf(value)]));
}

function labelsOf(value: unknown): LabelledSeries[] {
  if (Array.isArray(value)) return labelSets(value, "labels");
  if (isObject(value) && isObject(value.data) && Array.isArray(value.data.result)) {
    return labelSets(value.data.result, "metric");
  }
  return [];
}

function labelSets(items: readonly unknown[], field: "labels" | "metric"): LabelledSeries[] {
  return items.flatMap((item) => {
    const labels = isObject(item) ? item[field] : undefined;
    if (!isObject(labels)) return [];
    return [
      Object.fromEntries(
        Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
      ),
    ];
  });
}
