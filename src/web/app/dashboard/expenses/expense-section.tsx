import { lazy, Suspense, useMemo } from "react";
import { useExpenses } from "../data/queries";
import { Card } from "../parts/card";
import { ChartSkeleton } from "../parts/chart-skeleton";
import { Empty } from "../parts/empty";
import { Problem } from "../parts/problem";
import { formatCount } from "../view/format";
import { changeView, useView } from "../view/use-view";
import { ColumnPicker } from "./column-picker";
import styles from "./expense-section.module.css";
import { ExpenseTable } from "./expense-table";
import { ExportMenu } from "./export-menu";

const ResourceDrawer = lazy(() => import("./resource-drawer"));

export function ExpenseSection() {
  const { order, resourceId } = useView();
  const expenses = useExpenses(order);
  const rows = useMemo(
    () => expenses.data?.pages.flatMap((page) => page.cleanExpenses.expenses.nodes),
    [expenses.data],
  );
  const count = expenses.data?.pages[0]?.cleanExpenses.expenses.totalCount ?? 0;

  return (
    <section aria-labelledby="resources" className={styles.section}>
      <header className={styles.header}>
        <div className={styles.heading}>
          <h2 id="resources" className={styles.title}>
            Resources
          </h2>
          {rows !== undefined && (
            <p className={styles.count} role="status">
              {formatCount(count)} {count === 1 ? "resource" : "resources"}
            </p>
          )}
        </div>
        <div className={`${styles.actions} screen-only`}>
          <ColumnPicker />
          <ExportMenu disabled={count === 0} />
        </div>
      </header>
      <Card flush stale={expenses.isPlaceholderData}>
        {expenses.isError && rows === undefined && (
          <div className={styles.inset}>
            <Problem what="The resources" error={expenses.error} onRetry={() => void expenses.refetch()} />
          </div>
        )}
        {rows === undefined && !expenses.isError && (
          <div className={styles.inset}>
            <ChartSkeleton height={440} label="Loading the resources" />
          </div>
        )}
        {rows !== undefined && rows.length === 0 && (
          <Empty title="No resource matches">No resource was seen in this period that fits the filters.</Empty>
        )}
        {rows !== undefined && rows.length > 0 && (
          <ExpenseTable
            rows={rows}
            count={count}
            order={order}
            hasMore={expenses.hasNextPage}
            isLoadingMore={expenses.isFetchingNextPage}
            problem={expenses.isFetchNextPageError ? expenses.error : null}
            onMore={() => void expenses.fetchNextPage()}
            onOpen={(id) => changeView({ resourceId: id })}
          />
        )}
      </Card>
      {resourceId !== null && (
        <Suspense>
          <ResourceDrawer resourceId={resourceId} onClose={() => changeView({ resourceId: null })} />
        </Suspense>
      )}
    </section>
  );
}
