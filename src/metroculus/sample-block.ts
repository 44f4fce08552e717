/** A 64-bit number as two of 32: numbers of this language hold 53 bits, and its large integers are slow. */
export interface SeriesNumber {
  readonly low: number;
  readonly high: number;
}

/** The columns of `k8s_samples` that a block has, in its order. */
export const sampleColumns = {
  cloud_account_id: "LowCardinality(String)",
  metric: "LowCardinality(String)",
  series: "UInt64",
  timestamp: "DateTime64(3, 'UTC')",
  value: "Float64",
} as const;

type Column = keyof typeof sampleColumns;

const TWO_TO_32 = 2 ** 32;

/**
 * Samples of one cloud account as a block of ClickHouse's format Native: column after column, as the engine itself holds
 * them. It has nothing to parse then, which of text takes longer than all the rest of an insert.
 */
export class SampleBlock {
  count = 0;
  private readonly metrics = new Map<string, number>();
  private metricOf = new Uint32Array(2_048);
  private series = new Uint32Array(2 * 2_048);
  private times = new Uint32Array(2 * 2_048);
  private values = new Float64Array(2_048);

  constructor(private readonly cloudAccountId: string) {}

  /** The number by which samples of this metric name it. */
  metric(name: string): number {
    let number = this.metrics.get(name);
    if (number === undefined) {
      number = this.metrics.size;
      this.metrics.set(name, number);
    }
    return number;
  }

  /** @param time milliseconds since the epoch, not before it */
  add(metric: number, series: SeriesNumber, time: number, value: number): void {
    const at = this.count;
    if (at === this.values.length) this.grow();
    this.metricOf[at] = metric;
    this.series[2 * at] = series.low;
    this.series[2 * at + 1] = series.high;
    this.times[2 * at] = time % TWO_TO_32;
    this.times[2 * at + 1] = time / TWO_TO_32;
    this.values[at] = value;
    this.count = at + 1;
  }

  bytes(): Uint8Array {
    const { count } = this;
    return Buffer.concat([
      varint(Object.keys(sampleColumns).length),
      varint(count),
      heading("cloud_account_id"),
      dictionary([this.cloudAccountId]),
      indices(new Uint32Array(count)),
      heading("metric"),
      dictionary([...this.metrics.keys()]),
      indices(this.metricOf.subarray(0, count)),
      heading("series"),
      bytesOf(this.series.subarray(0, 2 * count)),
      heading("timestamp"),
      bytesOf(this.times.subarray(0, 2 * count)),
      heading("value"),
      bytesOf(this.values.subarray(0, count)),
    ]);
  }

  private grow(): void {
    this.metricOf = copied(this.metricOf, new Uint32Array(2 * this.metricOf.length));
    this.series = copied(this.series, new Uint32Array(2 * this.series.length));
    this.times = copied(this.times, new Uint32Array(2 * this.times.length));
    this.values = copied(this.values, new Float64Array(2 * this.values.length));
  }
}

function copied<Numbers extends Uint32Array | Float64Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}

function heading(column: Column): Buffer {
  return Buffer.concat([text(column), text(sampleColumns[column])]);
}

/** LowCardinality: the version of what follows; indices of 32 bits, and keys of the block's own; the keys. */
function dictionary(keys: readonly string[]): Buffer {
  return Buffer.concat([uint64(1), uint64(0x602), uint64(keys.length), ...keys.map(text)]);
}

function indices(numbers: Uint32Array): Buffer {
  return Buffer.concat([uint64(numbers.length), bytesOf(numbers)]);
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(bytes.length), bytes]);
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
