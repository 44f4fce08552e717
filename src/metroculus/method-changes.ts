import type { Notice } from "./notice.js";
import { duration, type Steps } from "./steps.js";

/** What is shorter is an interruption of another way of working costs out, and no change of method. */
const SHORTEST_MS = 30 * 60_000;

/** A way of working costs out, and when it was used. */
export interface MethodInUse {
  readonly name: string;
  readonly times: Steps;
}

/** Figures of different methods cannot be compared, so a span that holds more than one says when which was used. */
export function methodChanges(methods: readonly MethodInUse[]): Notice[] {
  const used = methods
    .filter(({ times }) => duration(times) > SHORTEST_MS)
    .sort((one, other) => (one.times.starts[0] as number) - (other.times.starts[0] as number));
  if (used.length < 2) return [];
  const periods = used.map(
    ({ name, times }) => `${name} (${instant(times.starts[0])} to ${instant(times.ends.at(-1))})`,
  );
  return [
    {
      code: "METHOD_CHANGED",
      message: `The cost was worked out in more than one way within this window, which cannot be compared: ${periods.join(", ")}.`,
    },
  ];
}

function instant(milliseconds: number | undefined): string {
  return `${new Date(milliseconds ?? 0).toISOString().slice(0, 16)}Z`;
}
