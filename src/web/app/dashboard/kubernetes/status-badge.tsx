import OkIcon from "lucide-react/icons/circle-check";
import NeutralIcon from "lucide-react/icons/circle-minus";
import BadIcon from "lucide-react/icons/circle-x";
import WarnIcon from "lucide-react/icons/triangle-alert";
import styles from "./status-badge.module.css";
import type { StatusWords } from "./status-words";

const icons = { good: OkIcon, neutral: NeutralIcon, warn: WarnIcon, bad: BadIcon } as const;

export function StatusBadge({ words: { name, tone } }: { readonly words: StatusWords }) {
  const Icon = icons[tone];
  return (
    <span className={`${styles.badge} ${styles[tone]}`}>
      <Icon size={13} aria-hidden />
      {name}
    </span>
  );
}
