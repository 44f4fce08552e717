import { useMemo, useState } from "react";
import type { ViewerQuery } from "../generated/graphql";
import { ApiError } from "../session/api";
import styles from "./dashboard.module.css";
import { type Scope, ScopeContext, useTotals } from "./data/queries";
import { ExpenseSection } from "./expenses/expense-section";
import { FilterBar } from "./header/filter-bar";
import { PeriodPicker } from "./header/period-picker";
import { TopBar } from "./header/top-bar";
import { KubernetesSection } from "./kubernetes/kubernetes-section";
import { Card } from "./parts/card";
import { Problem } from "./parts/problem";
import { SpendSection } from "./spend/spend-section";
import { expenseFilter } from "./view/expense-filter";
import { windowOf } from "./view/period";
import { useView } from "./view/use-view";

type Organization = ViewerQuery["viewer"]["organizations"][number];

interface DashboardProps {
  readonly organizations: readonly Organization[];
  readonly onRefresh: () => void;
  readonly onSignOut: () => void;
}

/** Whole minutes, so that two readings of a minute ask for the same window. */
function thisMinute(): number {
  return Math.floor(Date.now() / 60_000) * 60;
}

export function Dashboard({ organizations, onRefresh, onSignOut }: DashboardProps) {
  const view = useView();
  const [now, setNow] = useState(thisMinute);
  const organization =
    view.organizationId === null ? organizations[0] : organizations.find(({ id }) => id === view.organizationId);
  const scope = useMemo<Scope | null>(
    () =>
      organization === undefined
        ? null
        : {
            organizationId: organization.id,
            currency: organization.currency,
            window: windowOf(view.period, now),
            filter: expenseFilter(view.filters),
          },
    [organization, view.period, view.filters, now],
  );
  const refresh = () => {
    setNow(thisMinute());
    onRefresh();
  };

  return (
    <>
      <title>{organization === undefined ? "Expense gateway" : `${organization.name} · Expenses`}</title>
      <a className="skip-link" href="#content">
        Skip to the figures
      </a>
      <div className={styles.top}>
        <div className={styles.width}>
          <TopBar organizations={organizations} organization={organization} onRefresh={refresh} onSignOut={onSignOut} />
        </div>
      </div>
      <main id="content" tabIndex={-1} className={`${styles.width} ${styles.main}`}>
        {scope === null ? (
          <p className={styles.nothing}>
            {organizations.length === 0
              ? "This token opens no organization. Ask for one that does, or make it with `expense-gateway token create --organization <id>`."
              : "The address names an organization that this token does not open. Choose another one above."}
          </p>
        ) : (
          <ScopeContext value={scope}>
            <div className={styles.controls}>
              <PeriodPicker period={view.period} window={scope.window} />
              <FilterBar />
            </div>
            <Sections />
            <footer className={styles.footer}>
              Days are UTC days, as in the bills. Amounts are in {scope.currency}.
            </footer>
          </ScopeContext>
        )}
      </main>
    </>
  );
}

/** Codes that say the same of every question about this view: then it is said once. */
const decisive = new Set(["NOT_FOUND", "BAD_USER_INPUT", "FORBIDDEN", "NO_CLOUD_ACCOUNTS"]);

function Sections() {
  const totals = useTotals();
  if (totals.error instanceof ApiError && decisive.has(totals.error.code)) {
    return (
      <Card>
        {totals.error.code === "NO_CLOUD_ACCOUNTS" ? (
          <div className={styles.start}>
            <h2>No cloud account is connected yet</h2>
            <p>
              Costs show here once a bill was imported: <code>expense-gateway import focus &lt;file&gt;</code> reads the
              exports of every large cloud.
            </p>
          </div>
        ) : (
          <Problem what="This view" error={totals.error} onRetry={() => void totals.refetch()} />
        )}
      </Card>
    );
  }
  return (
    <>
      <SpendSection />
      <KubernetesSection />
      <ExpenseSection />
    </>
  );
}
