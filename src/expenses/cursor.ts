import { GatewayError } from "../errors.js";
import type { ExpenseOrder, ExpenseOrderField } from "./source.js";

/** Where a row stands in an order. */
export interface Position {
  /** The ordered value as text, a cost by the bits of its double. Null = absent. */
  readonly value: string | null;
  readonly id: string;
}

const keptAsInteger: ReadonlySet<ExpenseOrderField> = new Set(["COST", "FIRST_SEEN", "LAST_SEEN"]);
const LONGEST_CURSOR = 10_000;

export function encodeCursor(order: ExpenseOrder, { value, id }: Position): string {
  return Buffer.from(JSON.stringify([order.field, order.direction, value, id])).toString("base64url");
}

/** @throws GatewayError BAD_USER_INPUT for anything that `encodeCursor` did not make for this order. */
export function decodeCursor(order: ExpenseOrder, cursor: string): Position {
  const parts = cursor.length > LONGEST_CURSOR ? undefined : parse(cursor);
  if (!Array.isArray(parts) || parts.length !== 4) throw refusal("is not a cursor of this API");
  const [field, direction, value, id] = parts as unknown[];
  if (field !== order.field || direction !== order.direction) throw refusal("belongs to another order");
  if (typeof id !== "string" || !isValueOf(order.field, value)) throw refusal("is not a cursor of this API");
  return { value, id };
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

function isValueOf(field: ExpenseOrderField, value: unknown): value is string | null {
  if (value === null) return field !== "COST";
  if (typeof value !== "string") return false;
  return (
    !keptAsInteger.has(field) || (/^-?\d{1,19}$/.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value))
  );
}

function refusal(what: string): GatewayError {
  return new GatewayError(
    "BAD_USER_INPUT",
    `The cursor ${what}: pass an endCursor of an earlier page with the same orderBy, or none for the first page.`,
    { details: { argument: "after" } },
  );
}
