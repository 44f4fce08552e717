import { Skeleton } from "@mantine/core";
import { useCombined, useScope, useTotals } from "../data/queries";
import { clustersLeftOut } from "../kubernetes/filtered-clusters";
import { policyNames } from "../kubernetes/policies";
import { Card } from "../parts/card";
import { Problem } from "../parts/problem";
import { Tile } from "../parts/tile";
import { Unknown } from "../parts/unknown";
import { formatChange, formatCount, formatDays } from "../view/format";
import { daysOf } from "../view/period";
import { useMoney } from "../view/use-money";
import { useView } from "../view/use-view";
import styles from "./headline.module.css";
import type { Breakdown } from "./series";

interface HeadlineProps {
  readonly breakdown: Breakdown | undefined;
  readonly stale: boolean;
}

/** What was spent, before anything else. Nothing here waits for Kubernetes but the tile that says so. */
export function Headline({ breakdown, stale }: HeadlineProps) {
  const { window } = useScope();
  const totals = useTotals();
  const money = useMoney();
  const days = daysOf(window);

  if (totals.isError) {
    return (
      <Card>
        <Problem what="The totals" error={totals.error} onRetry={() => void totals.refetch()} />
      </Card>
    );
  }
  const data = totals.data;
  return (
    <Card>
      <div className={styles.headline} data-stale={totals.isPlaceholderData}>
        <div className={styles.total}>
          <p className={styles.label}>Cloud spend, {formatDays(window.start, window.end)}</p>
          <p className={`${styles.value} money`} data-testid="total">
            {data === undefined ? <Skeleton height="2.75rem" width="14rem" /> : money(data.totalCost)}
          </p>
          <div className={styles.change} data-stale={stale}>
            {breakdown === undefined ? <Skeleton height="1rem" width="12rem" /> : <Comparison breakdown={breakdown} />}
          </div>
        </div>
        <dl className={styles.tiles}>
          <WithKubernetes />
          <Tile
            label="On average a day"
            value={data && money(data.totalCost / days)}
            note={`over ${formatCount(days)} days`}
          />
          <Tile
            label="Could be saved"
            value={data && money(data.totalSaving)}
            note="a month, by the latest recommendations"
          />
          <Tile label="Resources" value={data && formatCount(data.totalCount)} note="seen in this period" />
        </dl>
      </div>
    </Card>
  );
}

function Comparison({ breakdown: { total, previousTotal, previousStartDate } }: { readonly breakdown: Breakdown }) {
  const { window } = useScope();
  const money = useMoney();
  const before = formatDays(previousStartDate, Math.max(previousStartDate, window.start - 1));
  if (previousTotal <= 0) return <span className={styles.quiet}>Nothing to compare with: no cost in {before}</span>;
  const difference = total - previousTotal;
  const isMore = difference >= 0;
  return (
    <>
      <span className={isMore ? styles.more : styles.less}>
        <span aria-hidden>{isMore ? "▲" : "▼"}</span> {formatChange(difference / previousTotal)}
      </span>
      <span className={styles.quiet}>
        {money(Math.abs(difference), "whole")} {isMore ? "more" : "less"} than in {before}
      </span>
    </>
  );
}

function WithKubernetes() {
  const { policy, filters } = useView();
  const combined = useCombined();
  const money = useMoney();
  const field = policyNames[policy].field;
  const label = "With Kubernetes";
  if (combined.isError)
    return <Tile label={label} value={<Unknown because={combined.error.message} />} note="see below" />;
  if (combined.data === undefined) return <Tile label={label} value={undefined} note="asking the clusters…" />;
  const { total, kubernetes, complete, excludedBecause } = combined.data[field];
  if (excludedBecause !== null && excludedBecause !== undefined) {
    const reason = clustersLeftOut(filters) ?? excludedBecause;
    return <Tile label={label} value={<Unknown because={reason} />} note="clusters are not known by this filter" />;
  }
  if ((kubernetes === null || kubernetes === undefined) && policy !== "CLOUD_ONLY") {
    return <Tile label={label} value={<Unknown />} note="no cluster's cost is known for now" />;
  }
  return (
    <Tile
      label={label}
      value={money(total)}
      note={complete ? policyNames[policy].short : `${policyNames[policy].short}; not everything is known`}
      stale={combined.isPlaceholderData}
    />
  );
}
