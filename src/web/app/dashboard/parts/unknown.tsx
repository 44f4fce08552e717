import styles from "./unknown.module.css";

/** Stands where a figure would stand if it were known; never to be taken for a zero. */
export function Unknown({ because = "This is not known." }: { readonly because?: string }) {
  return (
    <span className={styles.unknown} title={because}>
      unknown
    </span>
  );
}
