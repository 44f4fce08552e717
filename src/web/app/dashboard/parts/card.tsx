import type { ReactNode } from "react";
import styles from "./card.module.css";

interface CardProps {
  readonly title?: ReactNode;
  /** A quiet sentence beside or below the title. */
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** Figures shown are those of the former view. */
  readonly stale?: boolean;
  readonly flush?: boolean;
}

export function Card({ title, note, actions, children, stale = false, flush = false }: CardProps) {
  return (
    <section className={styles.card} aria-busy={stale}>
      {(title !== undefined || actions !== undefined) && (
        <header className={styles.header}>
          <div>
            {title !== undefined && <h3 className={styles.title}>{title}</h3>}
            {note && <p className={styles.note}>{note}</p>}
          </div>
          {actions !== undefined && <div className={`${styles.actions} screen-only`}>{actions}</div>}
        </header>
      )}
      <div className={flush ? styles.flush : styles.body} data-stale={stale}>
        {children}
      </div>
    </section>
  );
}
