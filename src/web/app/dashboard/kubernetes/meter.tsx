import { formatShare } from "../view/format";
import styles from "./meter.module.css";

interface MeterProps {
  readonly label: string;
  /** 0.42 is 42 %; more than 1 is possible (used more than was asked for). */
  readonly share: number;
}

export function Meter({ label, share }: MeterProps) {
  return (
    <span className={styles.meter} title={label}>
      <span className={styles.track} aria-hidden>
        <span className={styles.bar} style={{ width: `${Math.min(Math.max(share, 0), 1) * 100}%` }} />
      </span>
      <span className={`${styles.value} figure`}>{formatShare(share)}</span>
    </span>
  );
}
