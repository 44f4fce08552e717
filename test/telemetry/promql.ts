import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse } from "yaml";

export const files = resolve(import.meta.dirname, "../../helm/files");
export const alertFile = join(files, "alerts.yaml");

export interface Alert {
  readonly labels: { readonly severity: string };
  readonly alert: string;
  readonly expr: string;
}

export async function alerts(): Promise<Alert[]> {
  const { groups } = parse(await readFile(alertFile, "utf8")) as { groups: { rules: Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export interface PanelQuery {
  readonly title: string;
  /** As Grafana sends it for all jobs and instances. */
  readonly expr: string;
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

export async function dashboard(): Promise<{ panels: PanelQuery[]; variables: string[] }> {
  const { panels, templating } = JSON.parse(await readFile(join(files, "dashboard.json"), "utf8")) as {
    panels: Panel[];
    templating: { list: { definition?: string }[] };
  };
  return {
    panels: panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr: asSent(expr) }))),
    variables: templating.list.flatMap(({ definition }) => (definition === undefined ? [] : [asSent(definition)])),
  };
}

function asSent(expression: string): string {
  return expression.replaceAll(/\$(job|instance)\b/g, ".*").replaceAll("$__rate_interval", "10s");
}

export const metricNames = (expression: string) =>
  expression.match(/\b(expense_gateway|nodejs|process)_[a-z0-9_]+/g) ?? [];

export interface Matcher {
  readonly metric: string;
  readonly label: string;
  readonly isRegExp: boolean;
  readonly value: string;
}

/** What an expression selects by, but for what it leaves out. */
export function matchers(expression: string): Matcher[] {
  return [...expression.matchAll(/\b([a-z_0-9]+)\{([^}]*)\}/g)].flatMap(([, metric = "", inside = ""]) =>
    [...inside.matchAll(/(\w+)(=~?)"([^"]*)"/g)].map(([, label = "", operator, value = ""]) => ({
      metric,
      label,
      isRegExp: operator === "=~",
      value,
    })),
  );
}
