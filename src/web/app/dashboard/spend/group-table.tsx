import { Button, Table } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useState } from "react";
import type { BreakdownDimension } from "../../generated/graphql";
import { Change } from "../parts/change";
import { Swatch } from "../parts/swatch";
import { formatShare } from "../view/format";
import { useMoney } from "../view/use-money";
import { useView } from "../view/use-view";
import { dimensionNames, drillInto } from "./dimensions";
import styles from "./group-table.module.css";
import { type Breakdown, type Chart, type Group, restOf } from "./series";

interface GroupTableProps {
  readonly breakdown: Breakdown;
  readonly chart: Chart;
  readonly by: BreakdownDimension;
  readonly onPick: (group: Group) => void;
}

/** The chart's legend and its figures in one: what it is, what it cost, its share and its change. */
export function GroupTable({ breakdown: { groups, total, previousTotal }, chart, by, onPick }: GroupTableProps) {
  const [showsAll, setShowsAll] = useState(false);
  const { filters } = useView();
  const colors = new Map(chart.series.map(({ group, color }) => [group, color]));
  const rest = restOf(groups, chart);
  const visible = showsAll ? groups : groups.filter((group) => colors.has(group));

  return (
    <div className={styles.wrap}>
      <div className={showsAll ? styles.scroll : undefined}>
        <Table className={styles.table} verticalSpacing={5} horizontalSpacing={6} highlightOnHover>
          <Table.Caption className="visually-hidden">
            Cost by {dimensionNames[by]}, with the share of the total and the change against the preceding period
          </Table.Caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col" className={styles.head}>
                {dimensionNames[by]}
              </Table.Th>
              <Table.Th scope="col" className={styles.number}>
                Cost
              </Table.Th>
              <Table.Th scope="col" className={`${styles.number} ${styles.wide}`}>
                Share
              </Table.Th>
              <Table.Th scope="col" className={styles.number}>
                Change
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {visible.map((group) => (
              <Row
                key={`${group.key}:${group.kind}`}
                figures={group}
                color={colors.get(group) ?? colors.get(null)}
                share={total > 0 ? group.total / total : null}
                isComparable={previousTotal > 0}
                onPick={drillInto(group, by, filters) === null ? undefined : () => onPick(group)}
              />
            ))}
            {rest !== null && !showsAll && (
              <Row
                figures={rest}
                color={colors.get(null)}
                share={total > 0 ? rest.total / total : null}
                isComparable={previousTotal > 0}
                onPick={() => setShowsAll(true)}
              />
            )}
          </Table.Tbody>
        </Table>
      </div>
      {rest !== null && (
        <Button variant="subtle" size="compact-xs" mt={6} px={0} onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? "Show fewer" : `Show all ${groups.length}`}
        </Button>
      )}
    </div>
  );
}

interface RowProps {
  readonly figures: Pick<Group, "label" | "total" | "previousTotal">;
  readonly color: string | undefined;
  /** Null when there is no total to have a share of. */
  readonly share: number | null;
  readonly isComparable: boolean;
  readonly onPick: (() => void) | undefined;
}

function Row({ figures: { label, total, previousTotal }, color, share, isComparable, onPick }: RowProps) {
  const money = useMoney();
  // On a telephone the names need the room of the cents.
  const isNarrow = useMediaQuery("(width < 30rem)", false, { getInitialValueInEffect: false });
  return (
    <Table.Tr>
      <Table.Th scope="row" className={styles.name}>
        <div className={styles.series}>
          <Swatch color={color ?? "transparent"} />
          {onPick === undefined ? (
            label
          ) : (
            <button type="button" className={styles.pick} onClick={onPick}>
              {label}
            </button>
          )}
        </div>
      </Table.Th>
      <Table.Td className={styles.number}>
        {money(total, isNarrow && Math.abs(total) >= 100 ? "whole" : "exact")}
      </Table.Td>
      <Table.Td className={`${styles.number} ${styles.wide}`}>{share === null ? "–" : formatShare(share)}</Table.Td>
      <Table.Td className={styles.number}>
        <Change total={total} previous={previousTotal} isComparable={isComparable} />
      </Table.Td>
    </Table.Tr>
  );
}
