/**
 * A quantity over time, constant between steps and unknown where no step is: step i has `values[i]` from
 * `starts[i]` until just before `ends[i]`. Times are milliseconds since the epoch; steps are in order and do
 * not overlap. Two steps that touch never have the same value.
 */
export interface Steps {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly values: readonly number[];
}

/** From `start` until just before `end`, in milliseconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export const nowhere: Steps = { starts: [], ends: [], values: [] };

const MS_PER_HOUR = 3_600_000;

/** Collects steps that come in order of time; empty ones vanish, ones that go on are joined. */
export class StepsBuilder implements Steps {
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly values: number[] = [];

  add(start: number, end: number, value: number): void {
    if (!(end > start)) return;
    const last = this.ends.length - 1;
    if (last >= 0 && this.ends[last] === start && this.values[last] === value) this.ends[last] = end;
    else {
      this.starts.push(start);
      this.ends.push(end);
      this.values.push(value);
    }
  }
}

/** The area under the steps, in (unit of the values) × hours: dollars, for a rate in dollars an hour. */
export function integral({ starts, ends, values }: Steps): number {
  let area = 0;
  for (let i = 0; i < values.length; i++) area += (values[i] as number) * ((ends[i] as number) - (starts[i] as number));
  return area / MS_PER_HOUR;
}

/** How long the quantity is known, in milliseconds. */
export function duration({ starts, ends }: Steps): number {
  let total = 0;
  for (let i = 0; i < starts.length; i++) total += (ends[i] as number) - (starts[i] as number);
  return total;
}

export function isEmpty(steps: Steps): boolean {
  return steps.values.length === 0;
}

/** Where both are known: `combine` of their values. */
export function both(left: Steps, right: Steps, combine: (left: number, right: number) => number): Steps {
  const result = new StepsBuilder();
  for (let i = 0, j = 0; i < left.values.length && j < right.values.length; ) {
    const leftEnd = left.ends[i] as number;
    const rightEnd = right.ends[j] as number;
    result.add(
      Math.max(left.starts[i] as number, right.starts[j] as number),
      Math.min(leftEnd, rightEnd),
      combine(left.values[i] as number, right.values[j] as number),
    );
    if (leftEnd <= rightEnd) i++;
    else j++;
  }
  return result;
}

export function product(left: Steps, right: Steps): Steps {
  return both(left, right, (a, b) => a * b);
}

/** The steps where `where` is known, whatever its value there. */
export function within(steps: Steps, where: Steps): Steps {
  return both(steps, where, (value) => value);
}

/** The steps where `where` is not known. */
export function outside(steps: Steps, where: Steps): Steps {
  return within(steps, gaps(where));
}

function gaps({ starts, ends }: Steps): Steps {
  const result = new StepsBuilder();
  let from = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < starts.length; i++) {
    result.add(from, starts[i] as number, 1);
    from = ends[i] as number;
  }
  result.add(from, Number.POSITIVE_INFINITY, 1);
  return result;
}

/** `choose` of each value; NaN makes it unknown there. */
export function mapped({ starts, ends, values }: Steps, choose: (value: number) => number): Steps {
  const result = new StepsBuilder();
  for (let i = 0; i < values.length; i++) {
    const value = choose(values[i] as number);
    if (!Number.isNaN(value)) result.add(starts[i] as number, ends[i] as number, value);
  }
  return result;
}

/** The sum of those that are known at each instant; unknown where none is. */
export function sum(all: readonly Steps[]): Steps {
  return swept(all, (total) => total);
}

/** The mean of those that are known at each instant; unknown where none is. */
export function mean(all: readonly Steps[]): Steps {
  return swept(all, (total, count) => total / count);
}

/** 1 where any of them is known. */
export function union(all: readonly Steps[]): Steps {
  return swept(
    all.map((steps) => mapped(steps, () => 1)),
    () => 1,
  );
}

/** Goes along time through every start and end, and keeps the total and the count of the steps that are open. */
function swept(all: readonly Steps[], combine: (total: number, count: number) => number): Steps {
  const known = all.filter((steps) => !isEmpty(steps));
  if (known.length === 0) return nowhere;
  const times = new Float64Array(2 * known.reduce((count, { values }) => count + values.length, 0));
  const changes = new Float64Array(times.length);
  const order = new Uint32Array(times.length);
  const opens = new Uint8Array(times.length);
  let n = 0;
  for (const { starts, ends, values } of known) {
    for (let i = 0; i < values.length; i++) {
      times[n] = starts[i] as number;
      changes[n] = values[i] as number;
      opens[n] = 1;
      times[n + 1] = ends[i] as number;
      changes[n + 1] = -(values[i] as number);
      n += 2;
    }
  }
  for (let i = 0; i < n; i++) order[i] = i;
  order.sort((a, b) => (times[a] as number) - (times[b] as number));

  const result = new StepsBuilder();
  let total = 0;
  let count = 0;
  let since = 0;
  for (const at of order) {
    const time = times[at] as number;
    if (count > 0) result.add(since, time, combine(total, count));
    since = time;
    count += opens[at] ? 1 : -1;
    // Rounding must not outlive the steps that it came from.
    total = count === 0 ? 0 : total + (changes[at] as number);
  }
  return result;
}
