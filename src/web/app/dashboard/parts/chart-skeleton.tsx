import { Skeleton } from "@mantine/core";

/** Keeps the chart's place, so that nothing moves when it comes. */
export function ChartSkeleton({ height, label }: { readonly height: number; readonly label: string }) {
  return (
    <div role="status">
      <span className="visually-hidden">{label}</span>
      <Skeleton height={height} radius="md" />
    </div>
  );
}
