import { PbfWriter } from "pbf";
import { compressSync } from "snappy";

export interface WrittenSeries {
  /** With `__name__`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, and the value. */
  readonly samples: readonly (readonly [time: number, value: number])[];
}

/** A remote_write 1.0 message, as Prometheus would send it, not yet packed. */
export function writeRequest(series: readonly WrittenSeries[]): Buffer {
  const writer = new PbfWriter();
  for (const one of series) {
    writer.writeMessage(
      1,
      ({ labels, samples }: WrittenSeries, message: PbfWriter) => {
        for (const label of Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))) {
          message.writeMessage(1, writeLabel, label);
        }
        for (const sample of samples) message.writeMessage(2, writeSample, sample);
      },
      one,
    );
  }
  return Buffer.from(writer.finish());
}

export function packed(series: readonly WrittenSeries[]): Buffer {
  return compressSync(writeRequest(series));
}

function writeLabel([name, value]: [string, string], writer: PbfWriter): void {
  writer.writeStringField(1, name);
  writer.writeStringField(2, value);
}

function writeSample([time, value]: readonly [number, number], writer: PbfWriter): void {
  writer.writeDoubleField(1, value);
  writer.writeVarintField(2, time);
}
