import { Button, Loader } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import DownIcon from "lucide-react/icons/arrow-down";
import UpIcon from "lucide-react/icons/arrow-up";
import { useEffect, useRef } from "react";
import type { ExpenseRow } from "../data/queries";
import { type ColumnId, defaultColumns } from "../view/columns";
import { formatCount } from "../view/format";
import { useMoney } from "../view/use-money";
import { changeView, useView } from "../view/use-view";
import type { Order } from "../view/view";
import { columns } from "./columns";
import styles from "./expense-table.module.css";

interface ExpenseTableProps {
  readonly rows: readonly ExpenseRow[];
  /** All that match, loaded or not. */
  readonly count: number;
  readonly order: Order;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly problem: Error | null;
  readonly onMore: () => void;
  readonly onOpen: (id: string) => void;
}

const ROW_HEIGHT = 42;
/** The next page is asked for before its place is reached. */
const ROWS_AHEAD = 60;
const NARROW_COLUMNS: readonly ColumnId[] = ["name", "cost"];

/** Only the rows in sight are in the document, however many were loaded. */
export function ExpenseTable({
  rows,
  count,
  order,
  hasMore,
  isLoadingMore,
  problem,
  onMore,
  onOpen,
}: ExpenseTableProps) {
  const view = useView();
  const money = useMoney();
  const isNarrow = useMediaQuery("(width < 40rem)", false, { getInitialValueInEffect: false });
  const isShort = isNarrow && view.columns === defaultColumns;
  const shown = isShort ? NARROW_COLUMNS : view.columns;
  const viewport = useRef<HTMLElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const items = virtualizer.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const before = items[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);

  useEffect(() => {
    if (hasMore && !isLoadingMore && problem === null && lastShown >= rows.length - ROWS_AHEAD) onMore();
  }, [hasMore, isLoadingMore, problem, lastShown, rows.length, onMore]);

  // Another order starts at its top.
  const orderKey = `${order.field} ${order.direction}`;
  const lastOrder = useRef(orderKey);
  useEffect(() => {
    if (lastOrder.current === orderKey) return;
    lastOrder.current = orderKey;
    viewport.current?.scrollTo({ top: 0 });
  }, [orderKey]);

  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section ref={viewport} className={styles.viewport} tabIndex={0} aria-label="Resources and their cost">
        <table
          className={styles.table}
          aria-rowcount={count + 1}
          style={{ minWidth: isShort ? undefined : `${shown.reduce((sum, id) => sum + columns[id].width, 0)}rem` }}
        >
          <colgroup>
            {shown.map((id) => (
              <col key={id} style={{ width: isShort && id === "name" ? undefined : `${columns[id].width}rem` }} />
            ))}
          </colgroup>
          <thead>
            <tr aria-rowindex={1}>
              {shown.map((id) => (
                <HeaderCell key={id} id={id} order={order} />
              ))}
            </tr>
          </thead>
          <tbody>
            {before > 0 && <tr aria-hidden style={{ height: before }} />}
            {items.map(({ index, key }) => {
              const row = rows[index];
              if (row === undefined) return null;
              return (
                <tr key={key} aria-rowindex={index + 2} className={styles.row} onClick={() => onOpen(row.id)}>
                  {shown.map((id) => {
                    const { cell } = columns[id];
                    const content = cell(row, money);
                    return (
                      <td key={id} className={cellClass(id)}>
                        {id === "name" ? (
                          <button
                            type="button"
                            className={styles.name}
                            title={String(content)}
                            onClick={(event) => {
                              event.stopPropagation();
                              onOpen(row.id);
                            }}
                          >
                            {content}
                          </button>
                        ) : (
                          content
                        )}
                      </td>
                    );
                  })}
                </tr>
              );
            })}
            {after > 0 && <tr aria-hidden style={{ height: after }} />}
          </tbody>
        </table>
      </section>
      <footer className={styles.footer}>
        <span>
          {formatCount(rows.length)} of {formatCount(count)} loaded
        </span>
        {isLoadingMore && <Loader size="xs" aria-label="Loading more" />}
        {problem !== null && (
          <span role="alert" className={styles.problem}>
            {problem.message}{" "}
            <Button size="compact-xs" variant="default" onClick={onMore}>
              Try again
            </Button>
          </span>
        )}
      </footer>
    </>
  );
}

/** The cost stays in sight however many columns there are: it is what the table is read for. */
function cellClass(id: ColumnId): string {
  const kind = columns[id].isNumber ? styles.number : styles.text;
  return id === "cost" ? `${kind} ${styles.pinned}` : `${kind}`;
}

function HeaderCell({ id, order }: { readonly id: ColumnId; readonly order: Order }) {
  const { name, order: field, isNumber } = columns[id];
  const isSorted = field !== undefined && order.field === field;
  const isAscending = order.direction === "ASC";
  const Arrow = isAscending ? UpIcon : DownIcon;
  // What is largest interests first where there are figures, what is first in the alphabet elsewhere.
  const first = isNumber || field === "LAST_SEEN" || field === "FIRST_SEEN" ? "DESC" : "ASC";
  const next = isSorted ? (isAscending ? "DESC" : "ASC") : first;
  return (
    <th
      scope="col"
      className={cellClass(id)}
      aria-sort={isSorted ? (isAscending ? "ascending" : "descending") : undefined}
    >
      {field === undefined ? (
        name
      ) : (
        <button
          type="button"
          className={isSorted ? styles.sorted : styles.sort}
          onClick={() => changeView({ order: { field, direction: next } })}
        >
          {name}
          <Arrow size={13} aria-hidden style={{ visibility: isSorted ? "visible" : "hidden" }} />
        </button>
      )}
    </th>
  );
}
