import { Button, Skeleton } from "@mantine/core";
import { isUnreachable, useClusters } from "../data/queries";
import { Card } from "../parts/card";
import { Problem } from "../parts/problem";
import { useMoney } from "../view/use-money";
import { useView } from "../view/use-view";
import { CategoryCard } from "./category-card";
import { ClusterDaysCard } from "./cluster-days-card";
import { ClusterTable } from "./cluster-table";
import { CombinedCard } from "./combined-card";
import { clustersLeftOut } from "./filtered-clusters";
import styles from "./kubernetes-section.module.css";

/** Arrives by its own queries: cloud figures never wait for the clusters. */
export function KubernetesSection() {
  const { filters } = useView();
  const clusters = useClusters();
  const money = useMoney();
  const data = clusters.data;
  const unknown = data?.clusters.filter(({ cost }) => cost === null || cost === undefined).length ?? 0;

  return (
    <section aria-labelledby="kubernetes" className={styles.section}>
      <header className={styles.header}>
        <h2 id="kubernetes" className={styles.title}>
          Kubernetes
        </h2>
        {data !== undefined && data.clusters.length > 0 && (
          <p className={styles.summary} data-stale={clusters.isPlaceholderData}>
            {unknown < data.clusters.length && <strong className="money">{money(data.totalCost)}</strong>}{" "}
            {unknown === 0 && `on ${data.clusters.length} ${data.clusters.length === 1 ? "cluster" : "clusters"}`}
            {unknown > 0 &&
              unknown < data.clusters.length &&
              `on ${data.clusters.length - unknown} of ${data.clusters.length} clusters; the cost of the others is unknown`}
            {unknown === data.clusters.length && "What the clusters cost is unknown for now"}
          </p>
        )}
        {data?.clusters.some(isUnreachable) && (
          <Button
            size="compact-sm"
            variant="default"
            loading={clusters.isFetching}
            onClick={() => void clusters.refetch()}
          >
            Ask again
          </Button>
        )}
      </header>

      {clusters.isError && (
        <Card>
          <Problem what="The clusters" error={clusters.error} onRetry={() => void clusters.refetch()} />
        </Card>
      )}
      {data === undefined && !clusters.isError && <Loading />}
      {data !== undefined && data.clusters.length === 0 && (
        <Card>
          <p className={styles.nothing}>
            {data.excludedBecause === null || data.excludedBecause === undefined
              ? "No Kubernetes cluster is connected to this organization, or none is among the chosen accounts."
              : (clustersLeftOut(filters) ?? data.excludedBecause)}
          </p>
        </Card>
      )}
      {data !== undefined && data.clusters.length > 0 && (
        <>
          <CombinedCard />
          <ClusterTable clusters={data.clusters} stale={clusters.isPlaceholderData} />
          {unknown < data.clusters.length && (
            <div className={styles.pair}>
              <CategoryCard costs={data} stale={clusters.isPlaceholderData} />
              <ClusterDaysCard />
            </div>
          )}
        </>
      )}
    </section>
  );
}

function Loading() {
  return (
    <Card>
      <div role="status" className={styles.loading}>
        <p className={styles.nothing}>Asking every cluster what it cost…</p>
        {[1, 2, 3].map((row) => (
          <Skeleton key={row} height="2.5rem" />
        ))}
      </div>
    </Card>
  );
}
