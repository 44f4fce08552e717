import { Skeleton, Table } from "@mantine/core";
import { useNamespaces, useScope } from "../data/queries";
import { Problem } from "../parts/problem";
import { Unknown } from "../parts/unknown";
import { formatAge, formatShare, moneyFormat } from "../view/format";
import styles from "./cluster-details.module.css";
import { type Cluster, statusWords } from "./status-words";

const methodSentences = {
  MANAGEMENT_ONLY: "Only the provider's fee for managing the cluster is counted: the cluster sends nothing else.",
  INFRASTRUCTURE_ONLY:
    "Management, network and load balancers are counted, but not CPU, memory or volumes: the cluster does not send them.",
  ALLOCATION: "Counted is what the workloads are allocated: CPU, memory, volumes and the rest.",
} as const;

/** What else is known of one cluster: how it was counted, what to beware of, and its namespaces. */
export function ClusterDetails({ cluster }: { readonly cluster: Cluster }) {
  const { currency } = useScope();
  const now = Math.floor(Date.now() / 1000);
  const words = statusWords(cluster, currency, now);
  const { cpu, ram, total } = cluster.efficiency ?? {};
  const used = [
    ...(typeof cpu === "number" ? [`${formatShare(cpu)} of the CPU`] : []),
    ...(typeof ram === "number" ? [`${formatShare(ram)} of the RAM`] : []),
    ...(typeof total === "number" ? [`${formatShare(total)} of both together`] : []),
  ];
  return (
    <div className={styles.details}>
      <div>
        <h4 className={styles.title}>How far this is known</h4>
        <ul className={styles.notes}>
          {/* What is amiss stands in the cluster's row. */}
          {words.tone === "good" && <li>{words.sentence}</li>}
          {cluster.method && <li>{methodSentences[cluster.method]}</li>}
          {used.length > 0 && <li>{`${used.join(", ")}: so much of what was paid for was used.`}</li>}
          {cluster.asOf && <li>Read from the cost service {formatAge(cluster.asOf, now)}.</li>}
        </ul>
      </div>
      <div>
        <h4 className={styles.title}>Namespaces</h4>
        <Namespaces cluster={cluster} />
      </div>
    </div>
  );
}

function Namespaces({ cluster }: { readonly cluster: Cluster }) {
  const { currency } = useScope();
  const namespaces = useNamespaces(cluster.cloudAccount.id);
  const money = moneyFormat(namespaces.data?.currency ?? cluster.currency ?? currency);

  if (namespaces.isError) {
    return <Problem what="The namespaces" error={namespaces.error} onRetry={() => void namespaces.refetch()} />;
  }
  if (namespaces.data === undefined) return <Skeleton height="5rem" />;
  const list = namespaces.data?.namespaces;
  if (!list || list.length === 0) {
    return <p className={styles.quiet}>The cost service cannot tell what each namespace cost in this period.</p>;
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.scroll} tabIndex={0} aria-label={`Namespaces of ${cluster.cloudAccount.name}`}>
      <Table className={styles.table} verticalSpacing={4} horizontalSpacing={6}>
        <Table.Caption className="visually-hidden">Cost by namespace of {cluster.cloudAccount.name}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Namespace</Table.Th>
            <Table.Th scope="col" className={styles.number}>
              Cost
            </Table.Th>
            <Table.Th scope="col" className={styles.number}>
              Used
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map(({ name, kind, cost, efficiency }) => (
            <Table.Tr key={`${kind}:${name}`}>
              <Table.Th scope="row" className={kind === "WORKLOAD" ? styles.name : styles.quiet}>
                {kind === "IDLE"
                  ? "Idle: paid for, allocated to nobody"
                  : kind === "UNALLOCATED"
                    ? "Belongs to no namespace"
                    : name}
              </Table.Th>
              <Table.Td className={styles.number}>{money(cost)}</Table.Td>
              <Table.Td className={styles.number}>
                {kind !== "WORKLOAD" ? (
                  "–"
                ) : typeof efficiency?.total === "number" ? (
                  formatShare(efficiency.total)
                ) : (
                  <Unknown />
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
