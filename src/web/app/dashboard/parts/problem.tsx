import { Button } from "@mantine/core";
import AlertIcon from "lucide-react/icons/triangle-alert";
import { ApiError } from "../../session/api";
import { changeView, useView } from "../view/use-view";
import { isFiltered, noFilters } from "../view/view";
import styles from "./problem.module.css";

interface ProblemProps {
  /** What is missing because of it, e.g. "The daily costs". */
  readonly what: string;
  readonly error: Error;
  readonly onRetry: () => void;
}

/** What the API says of a filter is meant for those who write queries. */
const UNKNOWN_FILTER =
  "A filter names something that this organization does not have, or no longer has. Remove it to see the rest.";

const hints: Readonly<Record<string, string>> = {
  INTERNAL: "The gateway's log says more.",
};

/** A part of the page that could not be had: what, why, and what to do. The rest of the page stays. */
export function Problem({ what, error, onRetry }: ProblemProps) {
  const { filters } = useView();
  const code = error instanceof ApiError ? error.code : "INTERNAL";
  const byFilter = (code === "NOT_FOUND" || code === "BAD_USER_INPUT") && isFiltered(filters);
  return (
    <div className={styles.problem} role="alert">
      <AlertIcon className={styles.icon} size={20} aria-hidden />
      <div>
        <p className={styles.what}>{what} could not be read.</p>
        <p className={styles.why}>
          {byFilter ? UNKNOWN_FILTER : error.message} {hints[code] ?? ""}
        </p>
        <div className={styles.actions}>
          {!byFilter && (
            <Button size="xs" variant="default" onClick={onRetry}>
              Try again
            </Button>
          )}
          {byFilter && (
            <Button size="xs" variant="default" onClick={() => changeView({ filters: noFilters })}>
              Clear all filters
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}
