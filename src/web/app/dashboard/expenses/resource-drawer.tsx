import { Drawer, Skeleton } from "@mantine/core";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import type { ResourceQuery } from "../../generated/graphql";
import { useResource, useScope } from "../data/queries";
import { Change } from "../parts/change";
import { ChartSkeleton } from "../parts/chart-skeleton";
import { Problem } from "../parts/problem";
import { chartOf } from "../spend/series";
import { formatDate, formatDays } from "../view/format";
import { useMoney } from "../view/use-money";
import styles from "./resource-drawer.module.css";

const DailyChart = lazy(() => import("../charts/daily-chart"));

type Resource = ResourceQuery["cleanExpenses"]["expenses"]["nodes"][number];
type History = ResourceQuery["cleanExpenses"]["breakdown"];

interface ResourceDrawerProps {
  readonly resourceId: string;
  readonly onClose: () => void;
}

/** All that is known of one resource in the period. */
export default function ResourceDrawer({ resourceId, onClose }: ResourceDrawerProps) {
  const resource = useResource(resourceId);
  // The drawer is open from its first rendering to its last, so it never sees itself close.
  const [opener] = useState(() => document.activeElement);
  useEffect(() => () => (opener as HTMLElement | null)?.focus({ preventScroll: true }), [opener]);
  const found = resource.data?.expenses.nodes[0];
  const title = found?.resourceName || found?.cloudResourceId || "Resource";

  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={title}
      closeButtonProps={{ "aria-label": "Close the details" }}
      classNames={{ title: styles.title, content: styles.content, header: styles.header }}
    >
      {resource.isError && (
        <Problem what="The resource" error={resource.error} onRetry={() => void resource.refetch()} />
      )}
      {resource.isPending && (
        <div role="status" className={styles.loading}>
          <span className="visually-hidden">Loading the resource</span>
          <Skeleton height="4rem" />
          <Skeleton height="12rem" />
          <Skeleton height="16rem" />
        </div>
      )}
      {resource.data !== undefined && found === undefined && (
        <p className={styles.quiet}>This resource was not seen in the chosen period. Choose a longer one to find it.</p>
      )}
      {resource.data !== undefined && found !== undefined && (
        <Details resource={found} history={resource.data.breakdown} />
      )}
    </Drawer>
  );
}

function Details({ resource, history }: { readonly resource: Resource; readonly history: History }) {
  const { window } = useScope();
  const money = useMoney();
  const chart = useMemo(() => {
    const { series, days } = chartOf(
      history.groups.map(({ daily }) => ({ key: null, kind: null, label: "Cost", total: 0, previousTotal: 0, daily })),
      window,
    );
    return { series, days };
  }, [history, window]);

  return (
    <div className={styles.details}>
      <div>
        <p className={`${styles.cost} money`}>{money(resource.cost)}</p>
        <p className={styles.quiet}>
          {formatDays(window.start, window.end)} · <Change total={history.total} previous={history.previousTotal} />{" "}
          against the period before
        </p>
        {resource.saving > 0 && (
          <p className={styles.saving}>
            {money(resource.saving)} a month could be saved, by the latest recommendations.
          </p>
        )}
        {resource.constraintViolated && <p className={styles.violated}>This resource breaks a constraint set on it.</p>}
      </div>
      <section>
        <h3 className={styles.heading}>Cost per day</h3>
        {history.groups.length === 0 ? (
          <p className={styles.quiet}>It was seen in this period, but nothing was charged for it.</p>
        ) : (
          <Suspense fallback={<ChartSkeleton height={180} label="Loading the chart" />}>
            <DailyChart chart={chart} height={180} label="Cost of this resource per day" />
          </Suspense>
        )}
      </section>
      <section>
        <h3 className={styles.heading}>What it is</h3>
        <Facts
          facts={[
            ["Cloud id", resource.cloudResourceId],
            ["Type", resource.resourceType],
            ["Service", resource.serviceName],
            ["Region", resource.region],
            ["Account", resource.cloudAccount?.name],
            ["Pool", resource.pool?.name],
            ["Owner", resource.owner?.name],
            ["State", resource.active ? "Exists in the cloud" : "No longer exists in the cloud"],
            ["First seen", typeof resource.firstSeen === "number" ? formatDate(resource.firstSeen) : null],
            ["Last seen", typeof resource.lastSeen === "number" ? formatDate(resource.lastSeen) : null],
          ]}
        />
      </section>
      <section>
        <h3 className={styles.heading}>Tags</h3>
        <Facts facts={entriesOf(resource.tags)} nothing="It has no tags." />
      </section>
      <section>
        <h3 className={styles.heading}>What the cloud says of it</h3>
        <Facts facts={entriesOf(resource.meta)} nothing="Nothing more." />
      </section>
    </div>
  );
}

type Fact = readonly [name: string, value: string | null | undefined];

function Facts({ facts, nothing }: { readonly facts: readonly Fact[]; readonly nothing?: string }) {
  if (facts.length === 0) return <p className={styles.quiet}>{nothing}</p>;
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value || <span className={styles.quiet}>none</span>}</dd>
        </div>
      ))}
    </dl>
  );
}

function entriesOf(json: unknown): Fact[] {
  if (typeof json !== "object" || json === null) return [];
  return Object.entries(json)
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
}
