import { Table } from "@mantine/core";
import type { ClustersQuery } from "../../generated/graphql";
import { Card } from "../parts/card";
import { Swatch } from "../parts/swatch";
import { Unknown } from "../parts/unknown";
import { formatShare } from "../view/format";
import { useMoney } from "../view/use-money";
import { type Components, shownCategories } from "./categories";
import styles from "./category-card.module.css";

type ClusterCosts = ClustersQuery["cleanExpenses"]["k8sCosts"];

interface CategoryCardProps {
  readonly costs: ClusterCosts;
  readonly stale: boolean;
}

/** What the money for the clusters goes to: as bars, one a cluster, and as a table of all of them. */
export function CategoryCard({ costs, stale }: CategoryCardProps) {
  const money = useMoney();
  const known = costs.clusters.flatMap((cluster) =>
    cluster.components && typeof cluster.cost === "number" && cluster.currency === costs.currency
      ? [{ name: cluster.cloudAccount.name, cost: cluster.cost, components: cluster.components }]
      : [],
  );
  const shown = shownCategories([costs.components, ...known.map(({ components }) => components)]);
  const dearest = Math.max(...known.map(({ cost }) => cost), 0);

  return (
    <Card title="What the clusters spend on" note="Clusters whose cost is unknown are left out." stale={stale}>
      {known.length === 0 ? (
        <p className={styles.nothing}>No cluster's cost is known in parts for this period.</p>
      ) : (
        <>
          <ul className={styles.bars}>
            {known.map(({ name, cost, components }) => (
              <li key={name}>
                <span className={styles.barName}>{name}</span>
                <span className={styles.barCost}>{money(cost, "whole")}</span>
                <span
                  className={styles.bar}
                  style={{ width: `${dearest > 0 ? Math.max((cost / dearest) * 100, 0.5) : 0}%` }}
                  role="img"
                  aria-label={sentenceOf(components, shown, money)}
                >
                  {shown.map(({ id, color, name: category }) => (
                    <span
                      key={id}
                      style={{ flexGrow: Math.max(components[id] ?? 0, 0), background: color }}
                      title={`${category}: ${money(components[id] ?? 0)}`}
                    />
                  ))}
                </span>
              </li>
            ))}
          </ul>
          <Table className={styles.table} verticalSpacing={5} horizontalSpacing={6}>
            <Table.Caption className="visually-hidden">Cost of all clusters by category</Table.Caption>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Category</Table.Th>
                <Table.Th scope="col" className={styles.number}>
                  Cost
                </Table.Th>
                <Table.Th scope="col" className={styles.number}>
                  Share
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map(({ id, name, color }) => {
                const cost = costs.components[id];
                const isKnown = cost !== null && cost !== undefined;
                return (
                  <Table.Tr key={id}>
                    <Table.Th scope="row" className={styles.name}>
                      <Swatch color={color} />
                      {name}
                    </Table.Th>
                    <Table.Td className={styles.number}>
                      {isKnown ? money(cost) : <Unknown because="No cluster tells this part of its cost." />}
                    </Table.Td>
                    <Table.Td className={styles.number}>
                      {isKnown && costs.totalCost > 0 ? formatShare(cost / costs.totalCost) : "–"}
                    </Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </>
      )}
    </Card>
  );
}

function sentenceOf(
  components: Components,
  shown: ReturnType<typeof shownCategories>,
  money: ReturnType<typeof useMoney>,
): string {
  return shown
    .map(({ id, name }) => `${name} ${typeof components[id] === "number" ? money(components[id]) : "unknown"}`)
    .join(", ");
}
