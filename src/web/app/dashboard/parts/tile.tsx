import { Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import styles from "./tile.module.css";

interface TileProps {
  readonly label: string;
  /** Undefined while it is on its way. */
  readonly value: ReactNode | undefined;
  readonly note?: ReactNode;
  readonly stale?: boolean;
}

export function Tile({ label, value, note, stale = false }: TileProps) {
  return (
    <div className={styles.tile} data-stale={stale}>
      <dt className={styles.label}>{label}</dt>
      <dd className={`${styles.value} money`}>
        {value === undefined ? <Skeleton height="1.25rem" width="6rem" mt={4} mb={4} /> : value}
      </dd>
      {note !== undefined && <dd className={styles.note}>{note}</dd>}
    </div>
  );
}
