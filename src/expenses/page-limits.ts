import { GatewayError } from "../errors.js";

/**
 * @param largest rows that a page may have
 * @throws GatewayError BAD_USER_INPUT unless it is a number of rows that a page may have, `details.limit` saying how many
 */
export function refusePageSize(first: number, largest: number): void {
  if (Number.isInteger(first) && first >= 1 && first <= largest) return;
  throw new GatewayError(
    "BAD_USER_INPUT",
    `first takes 1 to ${largest} rows: ask for fewer, and for the rest with after: endCursor.`,
    { details: { argument: "first", limit: largest } },
  );
}
