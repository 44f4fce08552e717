import { ActionIcon, Table } from "@mantine/core";
import ChevronIcon from "lucide-react/icons/chevron-right";
import { Fragment, useState } from "react";
import { useScope } from "../data/queries";
import { Card } from "../parts/card";
import { Unknown } from "../parts/unknown";
import { formatAge, formatShare, moneyFormat } from "../view/format";
import { ClusterDetails } from "./cluster-details";
import styles from "./cluster-table.module.css";
import { Meter } from "./meter";
import { StatusBadge } from "./status-badge";
import { type Cluster, furtherWarnings, statusWords } from "./status-words";

interface ClusterTableProps {
  readonly clusters: readonly Cluster[];
  readonly stale: boolean;
}

export function ClusterTable({ clusters, stale }: ClusterTableProps) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  };

  return (
    <Card title="Clusters" stale={stale} flush>
      <Table.ScrollContainer
        minWidth={320}
        scrollAreaProps={{ viewportProps: { tabIndex: 0, role: "group", "aria-label": "Clusters" } }}
      >
        <Table className={styles.table} verticalSpacing="sm" horizontalSpacing="sm">
          <Table.Caption className="visually-hidden">Cost, coverage and efficiency of every cluster</Table.Caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Cluster</Table.Th>
              <Table.Th scope="col" className={`${styles.number} ${styles.figure}`}>
                Cost
              </Table.Th>
              <Table.Th scope="col" className={`${styles.figure} ${styles.wide}`}>
                Measured
              </Table.Th>
              <Table.Th scope="col" className={`${styles.figure} ${styles.wide}`}>
                CPU used
              </Table.Th>
              <Table.Th scope="col" className={`${styles.figure} ${styles.wide}`}>
                RAM used
              </Table.Th>
              <Table.Th scope="col" className={`${styles.age} ${styles.figure} ${styles.wide}`}>
                Read
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {clusters.map((cluster) => (
              <ClusterRows
                key={cluster.cloudAccount.id}
                cluster={cluster}
                isOpen={open.has(cluster.cloudAccount.id)}
                onToggle={() => toggle(cluster.cloudAccount.id)}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}

interface ClusterRowsProps {
  readonly cluster: Cluster;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function ClusterRows({ cluster, isOpen, onToggle }: ClusterRowsProps) {
  const { currency } = useScope();
  const now = Math.floor(Date.now() / 1000);
  const words = statusWords(cluster, currency, now);
  const { cloudAccount, status, cost, coverage, efficiency, asOf } = cluster;
  const detailsId = `cluster-${cloudAccount.id}`;
  const money = moneyFormat(cluster.currency ?? currency);
  return (
    <Fragment>
      <Table.Tr className={isOpen ? styles.open : undefined}>
        <Table.Th scope="row">
          <div className={styles.cluster}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={`Details of ${cloudAccount.name}`}
              aria-expanded={isOpen}
              aria-controls={detailsId}
              onClick={onToggle}
            >
              <ChevronIcon size={16} aria-hidden className={styles.chevron} data-open={isOpen} />
            </ActionIcon>
            <div>
              <div className={styles.nameLine}>
                <span className={styles.name}>{cloudAccount.name}</span>
                <StatusBadge words={words} />
                {typeof coverage === "number" && status !== "PARTIAL" && (
                  <span className={styles.measured}>{formatShare(coverage)} measured</span>
                )}
              </div>
              {words.tone !== "good" && <p className={styles.sentence}>{words.sentence}</p>}
              {furtherWarnings(cluster).map(({ code, message }) => (
                <p key={code + message} className={styles.sentence}>
                  {message}
                </p>
              ))}
            </div>
          </div>
        </Table.Th>
        <Table.Td className={styles.cost}>
          {cost === null || cost === undefined ? <Unknown because={words.sentence} /> : money(cost)}
        </Table.Td>
        <Table.Td className={styles.wide}>
          {coverage === null || coverage === undefined ? (
            <Unknown because="It cannot be told for how much of the period there are measurements." />
          ) : (
            <Meter label={`Measured for ${formatShare(coverage)} of the period`} share={coverage} />
          )}
        </Table.Td>
        <Table.Td className={styles.wide}>
          <Efficiency name="CPU" share={efficiency?.cpu} />
        </Table.Td>
        <Table.Td className={styles.wide}>
          <Efficiency name="RAM" share={efficiency?.ram} />
        </Table.Td>
        <Table.Td className={`${styles.age} ${styles.wide}`}>{asOf ? formatAge(asOf, now) : "–"}</Table.Td>
      </Table.Tr>
      {isOpen && (
        <Table.Tr id={detailsId} className={styles.open}>
          <Table.Td colSpan={6} className={styles.details}>
            <ClusterDetails cluster={cluster} />
          </Table.Td>
        </Table.Tr>
      )}
    </Fragment>
  );
}

function Efficiency({ name, share }: { readonly name: string; readonly share: number | null | undefined }) {
  if (share === null || share === undefined)
    return <Unknown because={`How much of the ${name} was used is not known.`} />;
  return <Meter label={`${formatShare(share)} of the ${name} that was paid for was used`} share={share} />;
}
