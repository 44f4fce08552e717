import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { changeView, useView } from "../view/use-view";
import { isFiltered, noFilters } from "../view/view";
import styles from "./empty.module.css";

interface EmptyProps {
  readonly title: string;
  readonly children?: ReactNode;
}

/** Nothing to show, and that is no failure: says why, and offers the way out. */
export function Empty({ title, children }: EmptyProps) {
  const { filters, period } = useView();
  return (
    <div className={styles.empty}>
      <p className={styles.title}>{title}</p>
      {children !== undefined && <p className={styles.text}>{children}</p>}
      <div className={styles.actions}>
        {isFiltered(filters) && (
          <Button size="xs" variant="default" onClick={() => changeView({ filters: noFilters })}>
            Clear all filters
          </Button>
        )}
        {period.kind !== "90d" && (
          <Button size="xs" variant="default" onClick={() => changeView({ period: { kind: "90d" } })}>
            Show the last 90 days
          </Button>
        )}
      </div>
    </div>
  );
}
