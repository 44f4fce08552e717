import { formatChange } from "../view/format";
import styles from "./change.module.css";

interface ChangeProps {
  readonly total: number;
  readonly previous: number;
  /** Whether there was anything at all before; else "new" would say nothing. */
  readonly isComparable?: boolean;
}

/** By how much a cost rose or fell. Nothing can be said when there was no cost before. */
export function Change({ total, previous, isComparable = true }: ChangeProps) {
  if (previous <= 0) {
    return <span className={styles.none}>{isComparable && total > 0 ? "new" : "–"}</span>;
  }
  const change = (total - previous) / previous;
  const flat = Math.abs(change) < 0.0005;
  const tone = flat ? styles.flat : change > 0 ? styles.up : styles.down;
  return (
    <span className={`${styles.change} ${tone} figure`}>
      <span aria-hidden>{flat ? "" : change > 0 ? "▲ " : "▼ "}</span>
      {formatChange(flat ? 0 : change)}
    </span>
  );
}
