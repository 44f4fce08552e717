import type { Readable } from "node:stream";

/** Reads ClickHouse's RowBinary from a stream, value by value, holding no more than one value and one chunk. */
export class RowBinaryReader {
  private readonly chunks: AsyncIterator<Buffer>;
  private buffer: Buffer = Buffer.alloc(0);
  private position = 0;

  constructor(stream: Readable) {
    this.chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** Whether another value follows. */
  async more(): Promise<boolean> {
    return this.position < this.buffer.length || this.fill(1).then(() => this.position < this.buffer.length);
  }

  async string(): Promise<string> {
    const bytes = await this.take(await this.varint());
    return bytes.toString("utf8");
  }

  async float64s(): Promise<Float64Array> {
    const bytes = await this.take(8 * (await this.varint()));
    // A copy, because a Float64Array must start at a multiple of 8.
    return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  }

  private async varint(): Promise<number> {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = (await this.take(1))[0] as number;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  }

  private async take(length: number): Promise<Buffer> {
    if (this.buffer.length - this.position < length) {
      await this.fill(length);
      if (this.buffer.length < length) throw new Error("The store's answer ends in the middle of a value.");
    }
    const bytes = this.buffer.subarray(this.position, this.position + length);
    this.position += length;
    return bytes;
  }

  /** Reads on until so many bytes lie ahead, or the stream ends. */
  private async fill(length: number): Promise<void> {
    const parts = [this.buffer.subarray(this.position)];
    let size = parts[0]?.length ?? 0;
    while (size < length) {
      const { value, done } = await this.chunks.next();
      if (done) break;
      parts.push(value);
      size += value.length;
    }
    this.buffer = Buffer.concat(parts);
    this.position = 0;
  }
}
