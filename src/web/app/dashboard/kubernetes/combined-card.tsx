import { SegmentedControl, Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import type { CombinedQuery } from "../../generated/graphql";
import { useCombined } from "../data/queries";
import { Card } from "../parts/card";
import { Problem } from "../parts/problem";
import { Unknown } from "../parts/unknown";
import { useMoney } from "../view/use-money";
import { changeView, useView } from "../view/use-view";
import type { CombinePolicy } from "../view/view";
import styles from "./combined-card.module.css";
import { policyNames } from "./policies";

type Combined = CombinedQuery["cleanExpenses"];

/** Cloud and Kubernetes in one sum, how it comes about, and what it counts twice. */
export function CombinedCard() {
  const { policy } = useView();
  const combined = useCombined();
  const words = policyNames[policy];

  return (
    <Card
      title="Cloud and Kubernetes together"
      note={words.sentence}
      stale={combined.isPlaceholderData}
      actions={
        <SegmentedControl
          aria-label="How cloud and Kubernetes are put together"
          size="xs"
          value={policy}
          onChange={(value) => changeView({ policy: value as CombinePolicy })}
          data={Object.entries(policyNames).map(([value, { name }]) => ({ value, label: name }))}
        />
      }
    >
      {combined.isError && (
        <Problem what="The sum of both" error={combined.error} onRetry={() => void combined.refetch()} />
      )}
      {combined.data === undefined && !combined.isError && <Skeleton height="3.5rem" />}
      {combined.data !== undefined && <Equation combined={combined.data} policy={policy} />}
    </Card>
  );
}

function Equation({ combined, policy }: { readonly combined: Combined; readonly policy: CombinePolicy }) {
  const money = useMoney();
  const { total, cloud, kubernetes, overlap, complete, excludedBecause } = combined[policyNames[policy].field];
  const isCloudOnly = policy === "CLOUD_ONLY";
  return (
    <div className={styles.columns}>
      <dl className={styles.equation}>
        <Term name="Cloud bill">{money(cloud)}</Term>
        {policy === "REPLACE_OVERLAP" && (
          <Term name="Overlap" sign="−">
            {overlap === null || overlap === undefined ? (
              <Unknown because="No cluster was found in the cloud bill." />
            ) : (
              money(overlap)
            )}
          </Term>
        )}
        {!isCloudOnly && (
          <Term name="Kubernetes" sign="+">
            {kubernetes === null || kubernetes === undefined ? (
              <Unknown because={excludedBecause ?? undefined} />
            ) : (
              money(kubernetes)
            )}
          </Term>
        )}
        <Term name="Together" sign="=" isResult>
          <span data-testid="combined-total">{money(total)}</span>
        </Term>
      </dl>
      <div className={styles.notes}>
        <OverlapNote combined={combined} policy={policy} />
        {!complete && !isCloudOnly && (
          <p className={styles.note}>
            {excludedBecause ??
              "Not every cluster is known for the whole period, so the sum is what is known, not all of it."}
          </p>
        )}
      </div>
    </div>
  );
}

interface TermProps {
  readonly name: string;
  readonly sign?: string;
  readonly isResult?: boolean;
  readonly children: ReactNode;
}

function Term({ name, sign, isResult = false, children }: TermProps) {
  return (
    <div className={isResult ? styles.result : styles.term}>
      <dt>{name}</dt>
      <dd className="money">
        {sign !== undefined && <span className={styles.sign}>{sign}</span>}
        {children}
      </dd>
    </div>
  );
}

const counted = (count: number, one: string, many: string) =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
const list = new Intl.ListFormat("en");

function OverlapNote({ combined, policy }: { readonly combined: Combined; readonly policy: CombinePolicy }) {
  const money = useMoney();
  const { cost, matchedNodes, matchedVolumes, matchedLoadBalancers, unmatchedClusters } = combined.k8sCosts.overlap;
  const found = [
    ...counted(matchedNodes, "node", "nodes"),
    ...counted(matchedVolumes, "volume", "volumes"),
    ...counted(matchedLoadBalancers, "load balancer", "load balancers"),
  ];
  const consequence = {
    ADDITIVE: "It is counted twice in this sum.",
    REPLACE_OVERLAP: "It is counted once in this sum.",
    CLOUD_ONLY: "It is counted once, as part of the cloud bill.",
  }[policy];
  return (
    <>
      {cost !== null && cost !== undefined && (
        <p className={styles.note}>
          <strong className="money">{money(cost)}</strong> of the cloud bill{" "}
          {found.length > 0 && `(${list.format(found)}) `}
          pays for the clusters' own machines. {consequence}
        </p>
      )}
      {unmatchedClusters.length > 0 && (
        <p className={styles.note}>
          {cost === null || cost === undefined
            ? "How much of the cloud bill pays for the clusters' machines is unknown: nothing"
            : "Nothing"}{" "}
          of {list.format(unmatchedClusters.map(({ name }) => name))} was found in the cloud bill, so{" "}
          {unmatchedClusters.length === 1 ? "its" : "their"} overlap is unknown, not zero.
        </p>
      )}
    </>
  );
}
