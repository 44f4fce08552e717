import {
  Bar,
  BarChart,
  type BarShapeProps,
  CartesianGrid,
  Rectangle,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { useScope } from "../data/queries";
import type { Chart, ChartDay, Group, Series } from "../spend/series";
import { formatDay, formatShare } from "../view/format";
import { unfinishedDay } from "../view/period";
import { useMoney } from "../view/use-money";
import { amountTicks } from "./amount-ticks";
import styles from "./charts.module.css";
import { DayTooltip } from "./day-tooltip";

interface DailyChartProps {
  readonly chart: Chart;
  readonly height: number;
  /** What the chart shows, for those who do not see it. */
  readonly label: string;
  readonly onPick?: (group: Group) => void;
}

const axis = { fontSize: 12, fill: "var(--text-quiet)" } as const;

export default function DailyChart({ chart: { series, days }, height, label, onPick }: DailyChartProps) {
  const money = useMoney();
  const today = unfinishedDay(useScope().window);
  const [lowest, highest] = reachOf(days, series);
  const ticks = amountTicks(lowest, highest);
  // A day that is not over is no drop in costs.
  const dayBar = (props: BarShapeProps) => (
    <Rectangle {...props} fillOpacity={(props.payload as ChartDay | undefined)?.date === today ? 0.45 : 1} />
  );
  return (
    <figure className={styles.figure} aria-label={`${label}. ${summaryOf(days, money)}`}>
      <ResponsiveContainer width="100%" height={height}>
        <BarChart
          data={days as ChartDay[]}
          margin={{ top: 8, right: 0, bottom: 0, left: 0 }}
          barCategoryGap="18%"
          // Credits hang below the axis.
          stackOffset="sign"
        >
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="date"
            tickFormatter={formatDay}
            tick={axis}
            tickLine={false}
            axisLine={false}
            minTickGap={28}
            tickMargin={8}
          />
          <YAxis
            domain={[lowest, ticks.at(-1) ?? highest]}
            ticks={ticks}
            tickFormatter={(amount: number) => money(amount, "short")}
            tick={axis}
            tickLine={false}
            axisLine={false}
            width="auto"
          />
          <Tooltip
            content={(props) => (
              <DayTooltip
                series={series}
                day={props.payload?.[0]?.payload as ChartDay | undefined}
                active={props.active}
              />
            )}
            cursor={{ fill: "var(--line)", fillOpacity: 0.5 }}
            isAnimationActive={false}
            wrapperStyle={{ zIndex: 10 }}
          />
          <ReferenceLine y={0} stroke="var(--line-strong)" />
          {series.map(({ id, label: name, color, group }) => (
            <Bar
              key={id}
              dataKey={id}
              name={name}
              stackId="cost"
              fill={color}
              shape={dayBar}
              isAnimationActive={false}
              cursor={group !== null && onPick ? "pointer" : undefined}
              onClick={() => group !== null && onPick?.(group)}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </figure>
  );
}

/** The lowest (0, or below it with credits) and highest height of a day's bar. */
function reachOf(days: readonly ChartDay[], series: readonly Series[]): [lowest: number, highest: number] {
  const sums = (part: (cost: number) => number) =>
    days.map((day) => series.reduce((sum, { id }) => sum + part(day[id] ?? 0), 0));
  return [Math.min(0, ...sums((cost) => Math.min(cost, 0))), Math.max(0, ...sums((cost) => Math.max(cost, 0)))];
}

function summaryOf(days: readonly ChartDay[], money: ReturnType<typeof useMoney>): string {
  const dearest = days.reduce<ChartDay | undefined>(
    (best, day) => (best && best.total >= day.total ? best : day),
    undefined,
  );
  const sum = days.reduce((total, day) => total + day.total, 0);
  if (dearest === undefined || sum <= 0) return "No costs.";
  return `The dearest of ${days.length} days was ${formatDay(dearest.date)} with ${money(dearest.total)}, ${formatShare(dearest.total / sum)} of the total.`;
}
