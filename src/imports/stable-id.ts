import { createHash } from "node:crypto";

/** Ids of what imports make are UUIDs of version 5 in this namespace, so that the same thing has the same id each time. */
const NAMESPACE = "9f1d3c52-5b0e-4c0a-8d6e-2f6f0b6a7c11";

/** Between the parts of a name, where no identifier of a cloud has it. */
const SEPARATOR = "\u0000";

export function stableId(...parts: readonly string[]): string {
  const digest = createHash("sha1")
    .update(Buffer.from(NAMESPACE.replaceAll("-", ""), "hex"))
    .update(parts.join(SEPARATOR))
    .digest()
    .subarray(0, 16);
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  return digest.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** What a UUID of version 5 keeps of a digest, and what it says of itself, as numbers whose first byte is the lowest. */
const KEPT = "0xffffffffffffff3fff0fffffffffffff";
const VERSION = "0x00000000000000800050000000000000";

/** The same id as {@link stableId} in SQL, of SQL expressions that are text and not null. */
export function stableIdSql(...parts: readonly string[]): string {
  const name = parts.join(", char(0), ");
  const digest = `SHA1(concat(unhex('${NAMESPACE.replaceAll("-", "")}'), ${name}))`;
  const number = (hex: string) => `toUInt128('${BigInt(hex)}')`;
  const id = `bitOr(bitAnd(reinterpretAsUInt128(${digest}), ${number(KEPT)}), ${number(VERSION)})`;
  return `UUIDNumToString(reinterpretAsFixedString(${id}))`;
}
