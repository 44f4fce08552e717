import { useInViewport } from "@mantine/hooks";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { useClusterDays, useScope } from "../data/queries";
import { Card } from "../parts/card";
import { ChartSkeleton } from "../parts/chart-skeleton";
import { Problem } from "../parts/problem";
import type { Chart, ChartDay } from "../spend/series";
import { SECONDS_PER_DAY, startOfDay } from "../view/day";
import { formatDay } from "../view/format";
import { daysOf, unfinishedDay } from "../view/period";
import styles from "./category-card.module.css";

/**
 * The gateway looks days up for as long as an answer may take, and remembers them: while each answer knows more
 * days than the one before, it is worth asking again.
 */
function useMoreDays(known: number, wanted: number, ask: () => unknown): void {
  const before = useRef(0);
  useEffect(() => {
    const grew = known > before.current;
    before.current = known;
    if (grew && known < wanted) void ask();
  }, [known, wanted, ask]);
}

const DailyChart = lazy(() => import("../charts/daily-chart"));

export function ClusterDaysCard() {
  const { window } = useScope();
  const { ref, inViewport } = useInViewport<HTMLDivElement>();
  const [wasSeen, setSeen] = useState(false);
  useEffect(() => {
    if (inViewport) setSeen(true);
  }, [inViewport]);
  const days = useClusterDays(wasSeen);
  const today = unfinishedDay(window);
  const known = days.isPlaceholderData ? 0 : (days.data?.length ?? 0);
  useMoreDays(known, daysOf(window), days.refetch);
  const chart = useMemo<Chart | undefined>(() => {
    if (days.data === undefined) return undefined;
    const costs = new Map(days.data.map(({ date, cost }) => [date, cost]));
    const list: ChartDay[] = [];
    for (let date = startOfDay(window.start); date <= window.end; date += SECONDS_PER_DAY) {
      const cost = costs.get(date) ?? 0;
      list.push({ date, total: cost, kubernetes: cost });
    }
    return { series: [{ id: "kubernetes", label: "Kubernetes", color: "var(--series-1)", group: null }], days: list };
  }, [days.data, window]);

  return (
    <div ref={ref} className={`${styles.watched} ${wasSeen ? "" : "screen-only"}`}>
      <Card
        title="Kubernetes cost per day"
        note={
          known > 0 && known < daysOf(window)
            ? `Known for ${known} of ${daysOf(window)} days; a day of which nothing is known shows no bar.`
            : `What all clusters together cost on each day.${today === null ? "" : ` ${formatDay(today)} is not over yet.`}`
        }
        stale={days.isPlaceholderData}
      >
        {days.isError && (
          <Problem what="The clusters' daily costs" error={days.error} onRetry={() => void days.refetch()} />
        )}
        {chart === undefined && !days.isError && (
          <ChartSkeleton height={360} label="Loading the clusters' daily costs" />
        )}
        {chart?.days.every(({ total }) => total === 0) && (
          <p className={styles.nothing}>No cluster's daily cost is known for this period.</p>
        )}
        {chart?.days.some(({ total }) => total !== 0) && (
          <Suspense fallback={<ChartSkeleton height={360} label="Loading the chart" />}>
            <DailyChart chart={chart} height={360} label="Kubernetes cost per day" />
          </Suspense>
        )}
      </Card>
    </div>
  );
}
