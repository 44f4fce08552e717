import { PbfReader } from "pbf";
import type { Label } from "./series-id.js";

/** What is wrong with a message that no retry will mend. The text is safe to show to the sender. */
export class MalformedWrite extends Error {}

/** Where a Prometheus `WriteRequest` puts what it reads. One `series` call, then its samples. */
export interface WriteRequestSink {
  /**
   * @param key the bytes of the labels, a view of the message: the same labels in the same order give the same bytes
   * @param labels decodes them; slow, so only for a key not seen before
   */
  series(key: Buffer, labels: () => Label[]): void;
  /** @param timestamp milliseconds since the epoch */
  sample(timestamp: number, value: number): void;
}

/**
 * Reads a remote_write 1.0 message. Exemplars, histograms and metadata are passed over.
 * @throws MalformedWrite
 */
export function readWriteRequest(message: Buffer, sink: WriteRequestSink): void {
  const reader = new PbfReader(message);
  forEachField(reader, message.length, (field) => {
    if (field === 1) readTimeSeries(reader, message, sink);
  });
}

const BYTES = 2;

function readTimeSeries(reader: PbfReader, message: Buffer, sink: WriteRequestSink): void {
  const end = endOfMessage(reader);
  const start = reader.pos;
  const ranges: { from: number; to: number }[] = [];
  forEachField(reader, end, (field, from) => {
    if (field !== 1) return;
    reader.pos = endOfMessage(reader);
    const last = ranges.at(-1);
    if (last?.to === from) last.to = reader.pos;
    else ranges.push({ from, to: reader.pos });
  });
  const [first] = ranges;
  const key =
    ranges.length === 1 && first !== undefined
      ? message.subarray(first.from, first.to)
      : Buffer.concat(ranges.map(({ from, to }) => message.subarray(from, to)));
  sink.series(key, () => ranges.flatMap(({ from, to }) => readLabels(message.subarray(from, to))));
  reader.pos = start;
  forEachField(reader, end, (field) => {
    if (field === 2) readSample(reader, sink);
  });
}

function readSample(reader: PbfReader, sink: WriteRequestSink): void {
  const end = endOfMessage(reader);
  let value = 0;
  let timestamp = 0;
  forEachField(reader, end, (field) => {
    if (field === 1 && reader.type === 1) value = reader.readDouble();
    else if (field === 2 && reader.type === 0) timestamp = reader.readVarint(true);
  });
  sink.sample(timestamp, value);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function readLabels(bytes: Buffer): Label[] {
  const reader = new PbfReader(bytes);
  const labels: Label[] = [];
  forEachField(reader, bytes.length, () => {
    const end = endOfMessage(reader);
    let name = "";
    let value = "";
    forEachField(reader, end, (field) => {
      if (field !== 1 && field !== 2) return;
      const text = readText(reader, bytes);
      if (field === 1) name = text;
      else value = text;
    });
    labels.push([name, value]);
  });
  return labels;
}

function readText(reader: PbfReader, bytes: Buffer): string {
  const end = endOfMessage(reader);
  const text = bytes.subarray(reader.pos, end);
  reader.pos = end;
  try {
    return utf8.decode(text);
  } catch {
    throw new MalformedWrite("a label is not UTF-8");
  }
}

/** The end of the length-delimited value at the reader's position, which moves to its first byte. */
function endOfMessage(reader: PbfReader): number {
  if (reader.type !== BYTES) throw new MalformedWrite("a field has the wrong wire type");
  const length = reader.readVarint();
  const end = reader.pos + length;
  if (!(end <= reader.length)) throw new MalformedWrite("the message ends in the middle of a field");
  return end;
}

/** Calls `read` at each field's value; what it does not read is passed over. The reader itself checks no bounds. */
function forEachField(reader: PbfReader, end: number, read: (field: number, fieldStart: number) => void): void {
  while (reader.pos < end) {
    const fieldStart = reader.pos;
    let valueStart: number;
    try {
      const tag = reader.readVarint();
      valueStart = reader.pos;
      reader.type = tag & 7;
      const field = tag >>> 3;
      if (field === 0) throw new MalformedWrite("a field has number 0");
      read(field, fieldStart);
      if (reader.pos === valueStart) reader.skip(tag);
    } catch (error) {
      if (error instanceof MalformedWrite) throw error;
      throw new MalformedWrite("it is not a protobuf message");
    }
    if (!(reader.pos > valueStart && reader.pos <= end)) {
      throw new MalformedWrite("the message ends in the middle of a field");
    }
  }
}
