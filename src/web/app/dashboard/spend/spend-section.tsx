import { Select } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import type { BreakdownDimension } from "../../generated/graphql";
import { useBreakdown, useScope } from "../data/queries";
import { Card } from "../parts/card";
import { ChartSkeleton } from "../parts/chart-skeleton";
import { Empty } from "../parts/empty";
import { Problem } from "../parts/problem";
import { formatDay } from "../view/format";
import { unfinishedDay } from "../view/period";
import { changeView, useView } from "../view/use-view";
import { dimensionNames, drillInto } from "./dimensions";
import { GroupTable } from "./group-table";
import { Headline } from "./headline";
import { chartOf, type Group } from "./series";
import styles from "./spend-section.module.css";

/** The charting library is the largest part of the page, and totals do not wait for it. */
const DailyChart = lazy(() => import("../charts/daily-chart"));

export function SpendSection() {
  const { by, filters } = useView();
  const { window } = useScope();
  const breakdown = useBreakdown(by);
  const chart = useMemo(
    () => (breakdown.data === undefined ? undefined : chartOf(breakdown.data.groups, window)),
    [breakdown.data, window],
  );
  const drill = (group: Group) => {
    const target = drillInto(group, by, filters);
    if (target !== null) changeView({ ...target, resourceId: null });
  };
  const today = unfinishedDay(window);
  const isEmpty = breakdown.data !== undefined && breakdown.data.groups.length === 0;

  return (
    <section aria-labelledby="spend" className={styles.section}>
      <h2 id="spend" className="visually-hidden">
        Cloud spend
      </h2>
      <Headline breakdown={breakdown.data} stale={breakdown.isPlaceholderData} />
      <Card
        title={`Cloud cost per day, by ${dimensionNames[by]}`}
        note={
          chart !== undefined && !isEmpty && today !== null && `${formatDay(today)} is not over yet: its bar is paler.`
        }
        stale={breakdown.isPlaceholderData}
        actions={
          <Select
            aria-label="Split the days by"
            size="xs"
            w={190}
            allowDeselect={false}
            data={Object.entries(dimensionNames).map(([value, label]) => ({ value, label: `By ${label}` }))}
            value={by}
            onChange={(value) => value !== null && changeView({ by: value as BreakdownDimension })}
          />
        }
      >
        {breakdown.isError && (
          <Problem what="The daily costs" error={breakdown.error} onRetry={() => void breakdown.refetch()} />
        )}
        {isEmpty && <Empty title="Nothing was spent here">No resource that matches had a cost in this period.</Empty>}
        {chart === undefined && !breakdown.isError && <ChartSkeleton height={300} label="Loading the daily costs" />}
        {chart !== undefined && breakdown.data !== undefined && !isEmpty && (
          <div className={styles.split}>
            <Suspense fallback={<ChartSkeleton height={300} label="Loading the chart" />}>
              <DailyChart
                chart={chart}
                height={300}
                label={`Cloud cost per day by ${dimensionNames[by]}`}
                onPick={drill}
              />
            </Suspense>
            <GroupTable key={by} breakdown={breakdown.data} chart={chart} by={by} onPick={drill} />
          </div>
        )}
      </Card>
    </section>
  );
}
