import { LRUCache } from "lru-cache";
import type { Window } from "../time.js";
import type { CostMethod, CostWarning } from "./cluster-cost.js";
import type { ClusterReading } from "./judging.js";

interface Remembered {
  readonly window: Window;
  readonly method: CostMethod;
  /** Sticks: the window's figures rest on more than one method from then on. */
  readonly changed: boolean;
}

/** What was read of one cluster. */
class ClusterHistory {
  readonly windows = new LRUCache<string, Remembered>({ max: WINDOWS_PER_CLUSTER });
  readonly byEnd = new LRUCache<number, CostMethod>({ max: WINDOWS_PER_CLUSTER });
}

const WINDOWS_PER_CLUSTER = 500;
const CODE = "METHOD_CHANGED";

/**
 * Remembers by which method a cluster's figures came about, because a Metroculus that loses its exporter falls back
 * to another one without a word, and figures of two methods cannot be compared.
 */
export class MethodHistory {
  readonly #clusters = new LRUCache<string, ClusterHistory>({ max: 2_000 });

  /**
   * Warns where a window's method differs from what it was when the window was read before, from the window that
   * ends right before it, or from that of a part of it. Readings of one batch are compared with each other, whatever
   * their order. What Metroculus itself says of a change is left to it.
   */
  qualify(readings: readonly ClusterReading[]): ClusterReading[] {
    for (const reading of readings) this.#remember(reading);
    return readings.map((reading) => {
      if (reading.warnings.some(({ code }) => code === CODE)) return reading;
      const change = this.#changeOf(reading);
      return change === null ? reading : { ...reading, warnings: [...reading.warnings, change] };
    });
  }

  #remember({ cloudAccountId, window, method }: ClusterReading): void {
    if (method === null) return;
    let history = this.#clusters.get(cloudAccountId);
    if (history === undefined) {
      history = new ClusterHistory();
      this.#clusters.set(cloudAccountId, history);
    }
    const key = keyOf(window);
    const earlier = history.windows.get(key);
    const changed = earlier !== undefined && (earlier.changed || earlier.method !== method);
    history.windows.set(key, { window, method, changed });
    history.byEnd.set(window.end, method);
  }

  #changeOf({ cloudAccountId, window, method }: ClusterReading): CostWarning | null {
    const history = this.#clusters.get(cloudAccountId);
    if (method === null || history === undefined) return null;
    if (history.windows.get(keyOf(window))?.changed) {
      return methodChanged("in another way than when these same days were read before");
    }
    // Windows of some clients share the second at which they meet.
    const before = history.byEnd.get(window.start - 1) ?? history.byEnd.get(window.start);
    if (before !== undefined && before !== method) {
      return methodChanged("in another way than in the time right before");
    }
    for (const part of history.windows.values()) {
      if (part.method !== method && window.start <= part.window.start && part.window.end <= window.end) {
        return methodChanged("in one way for some days of this window, and in another way for others");
      }
    }
    return null;
  }
}

function keyOf({ start, end }: Window): string {
  return `${start}:${end}`;
}

function methodChanged(how: string): CostWarning {
  return { code: CODE, message: `Metroculus worked these figures out ${how}: the two cannot be compared.` };
}
