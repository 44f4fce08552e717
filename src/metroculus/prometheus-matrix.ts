import { z } from "zod";

export interface MatrixSeries {
  readonly metric: Record<string, string>;
  /** Milliseconds since the epoch, and the value. */
  readonly values: readonly (readonly [time: number, value: number])[];
}

/** Only the frame is checked by schema: a point for point check of a million points would take longer than reading them. */
const frame = z.object({
  status: z.literal("success"),
  data: z.object({
    resultType: z.enum(["matrix", "vector"]),
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), values: z.unknown(), value: z.unknown() }).partial({
        values: true,
        value: true,
      }),
    ),
  }),
  warnings: z.array(z.unknown()).optional(),
});

/**
 * The series of an answer of Prometheus's query API.
 * @returns `partial` when it warns that some of its stores did not answer
 * @throws Error when it is not a successful answer
 */
export function matrixOf(statusCode: number, body: string): { series: MatrixSeries[]; partial: boolean } {
  if (statusCode !== 200) throw new Error(`it answered ${statusCode}: ${body.slice(0, 300)}`);
  const { data, warnings } = frame.parse(JSON.parse(body));
  return {
    series: data.result.map(({ metric, values, value }) => ({
      metric,
      values: pointsOf(data.resultType === "matrix" ? values : [value]),
    })),
    partial: warnings !== undefined && warnings.length > 0,
  };
}

function pointsOf(points: unknown): [number, number][] {
  if (!Array.isArray(points)) throw new Error("a series of its answer has no points");
  return points.map((point: unknown) => {
    const [time, value] = Array.isArray(point) ? point : [];
    if (typeof time !== "number" || typeof value !== "string") throw new Error("a point of its answer is unreadable");
    // "NaN" and "+Inf" become numbers that end a series, as they do when they are received.
    return [Math.round(time * 1000), Number(value.replace("Inf", "Infinity"))];
  });
}
