import { GatewayError } from "../errors.js";
import type { ClickHouse } from "../stores/clickhouse.js";
import type { KnownSeries } from "./known-series.js";
import type { SampleBatch } from "./sample-batch.js";
import { sampleColumns } from "./sample-block.js";

/**
 * How long a write waits for others to share its insert, because each insert is a part that the engine must merge: long
 * enough for the messages of a sender's shards to be unpacked one after the other. A sender who waits for each answer
 * before the next write has nobody to share with, and does not wait.
 */
const LINGER_MS = 50;
/** This many waiting samples are inserted at once. */
const FULL_ROWS = 50_000;
/** With more than this waiting the store does not keep up, and senders must wait. Some 28 bytes each. */
const MAX_WAITING_ROWS = 4_000_000;

const columns = Object.entries(sampleColumns);
const INTO = `k8s_samples (${columns.map(([name]) => name).join(", ")})`;
const STRUCTURE = columns.map((column) => column.join(" ")).join(", ");

interface Waiting {
  readonly batch: SampleBatch;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Inserts samples, joining those that arrive at the same time into one insert. */
export class SampleWriter {
  private waiting: Waiting[] = [];
  private rows = 0;
  private inserting: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private shared = false;

  constructor(private readonly clickHouse: ClickHouse) {}

  /**
   * Settles when the samples are in the store.
   * @throws GatewayError STORE_UNAVAILABLE
   */
  write(batch: SampleBatch): Promise<void> {
    if (batch.count === 0) return Promise.resolve();
    if (this.rows > MAX_WAITING_ROWS) {
      return Promise.reject(
        new GatewayError("STORE_UNAVAILABLE", "Samples arrive faster than they are stored: send again later."),
      );
    }
    return new Promise((done, failed) => {
      this.waiting.push({ batch, done, failed });
      this.rows += batch.count;
      this.schedule();
    });
  }

  /** Settles when nothing waits any more. */
  async close(): Promise<void> {
    while (this.waiting.length > 0 || this.inserting !== undefined) {
      if (this.inserting === undefined) this.flush();
      await this.inserting;
    }
  }

  private schedule(): void {
    if (this.inserting !== undefined) return;
    if (!this.shared || this.rows >= FULL_ROWS) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), LINGER_MS);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const group = this.waiting;
    this.shared = group.length > 1;
    this.waiting = [];
    this.rows = 0;
    this.inserting = this.insert(group.map(({ batch }) => batch))
      .then(
        () => group.forEach(({ done }) => void done()),
        (error: unknown) => group.forEach(({ failed }) => void failed(error)),
      )
      .finally(() => {
        this.inserting = undefined;
        if (this.waiting.length > 0) this.schedule();
      });
  }

  private async insert(batches: readonly SampleBatch[]): Promise<void> {
    const newSeries = new Set<KnownSeries>(batches.flatMap(({ newSeries }) => [...newSeries]));
    // Labels first: a sample without labels would never be found, labels without a sample harm nobody.
    await this.clickHouse.insert(
      "k8s_series",
      [...newSeries].flatMap(({ row }) => row ?? []),
    );
    for (const series of newSeries) series.stored = true;
    const blocks = batches.map(({ block }) => block.bytes());
    // A sender that catches up may reach over many months; each is a partition.
    await this.clickHouse.insertNative(INTO, STRUCTURE, blocks, { max_partitions_per_insert_block: 0 });
  }
}
