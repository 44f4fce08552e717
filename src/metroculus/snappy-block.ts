import { uncompress } from "snappy";
import { MalformedWrite } from "./write-request.js";

/** A block that says it is larger than this is not unpacked: a few bytes can stand for gigabytes. */
export const MAX_UNCOMPRESSED_BYTES = 32 * 1024 * 1024;

/** What makes a message unwelcome, however well-formed it is. */
export class OversizedWrite extends Error {}

/**
 * Unpacks snappy's block format, as remote_write uses it.
 * @throws MalformedWrite, OversizedWrite (told from the length that the block declares, before anything is unpacked)
 */
export async function unpackSnappy(block: Buffer): Promise<Buffer> {
  if (declaredLength(block) > MAX_UNCOMPRESSED_BYTES) throw new OversizedWrite();
  try {
    return (await uncompress(block, { asBuffer: true })) as Buffer;
  } catch {
    throw new MalformedWrite("it is not a snappy block");
  }
}

/** The varint that a block starts with. */
function declaredLength(block: Buffer): number {
  let length = 0;
  for (let i = 0; i < 5 && i < block.length; i++) {
    const byte = block[i] as number;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length;
  }
  throw new MalformedWrite("it is not a snappy block");
}
