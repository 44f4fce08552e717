import { useScope } from "../data/queries";
import { Swatch } from "../parts/swatch";
import type { ChartDay, Series } from "../spend/series";
import { formatLongDay } from "../view/format";
import { unfinishedDay } from "../view/period";
import { useMoney } from "../view/use-money";
import styles from "./charts.module.css";

interface DayTooltipProps {
  readonly series: readonly Series[];
  readonly day: ChartDay | undefined;
  readonly active: boolean | undefined;
}

/** One day's costs, dearest first. */
export function DayTooltip({ series, day, active }: DayTooltipProps) {
  const money = useMoney();
  const today = unfinishedDay(useScope().window);
  if (!active || day === undefined) return null;
  const parts = series
    .map(({ id, label, color }) => ({ id, label, color, cost: day[id] ?? 0 }))
    .filter(({ cost }) => cost !== 0)
    .sort((one, other) => other.cost - one.cost);
  return (
    <div className={styles.tooltip}>
      <p className={styles.tooltipTitle}>
        <span>
          {formatLongDay(day.date)}
          {day.date === today ? ", so far" : ""}
        </span>
        <strong>{money(day.total)}</strong>
      </p>
      {series.length > 1 && (
        <ul className={styles.tooltipList}>
          {parts.map(({ id, label, color, cost }) => (
            <li key={id}>
              <span>
                <Swatch color={color} />
                {label}
              </span>
              <span className="money">{money(cost)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
