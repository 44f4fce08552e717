import { GraphQLScalarType, Kind, print } from "graphql";
import { GatewayError } from "../errors.js";
import { type EpochSeconds, LATEST_INSTANT } from "../time.js";

/** Date, or date and time with optional seconds, fraction and zone; RFC 3339 and the shorter forms of ISO 8601. */
const isoForm = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

function refuse(value: string): never {
  throw new GatewayError(
    "BAD_USER_INPUT",
    `${value} is not an instant: give seconds since the epoch (1735689600), a date (2025-01-01) or a date and time (2025-01-01T00:00:00Z), between 1970 and 9999.`,
  );
}

/** @throws GatewayError BAD_USER_INPUT */
export function parseTimestamp(value: unknown): EpochSeconds {
  const instant = typeof value === "string" ? parseIso(value) : value;
  if (typeof instant !== "number" || !Number.isSafeInteger(instant) || instant < 0 || instant > LATEST_INSTANT) {
    refuse(String(JSON.stringify(value)).slice(0, 60));
  }
  return instant;
}

function parseIso(text: string): number {
  const match = isoForm.exec(text);
  if (match === null) return Number.NaN;
  const [, date, time = "00:00", seconds = "00", zone = "Z"] = match;
  const local = Date.parse(`${date}T${time}:${seconds}Z`);
  // Date.parse moves 30 February to March and 24:00 to the next day: what does not come back was never a date.
  if (Number.isNaN(local) || new Date(local).toISOString().slice(0, 19) !== `${date}T${time}:${seconds}`) {
    return Number.NaN;
  }
  return local / 1000 - offsetOf(zone);
}

/** Seconds that a zone is ahead of UTC. */
function offsetOf(zone: string): number {
  if (zone.toUpperCase() === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60);
}

export const Timestamp = new GraphQLScalarType<EpochSeconds, EpochSeconds>({
  name: "Timestamp",
  description:
    "Seconds since the epoch, UTC. Accepts an integer or an ISO-8601 date or date-time; serializes as an integer. " +
    "A date is its midnight, also at the end of a window: `2025-01-31` is 2025-01-31T00:00:00Z. A date-time without a zone is UTC; a fraction of a second is cut off.",
  // Every instant of the domain is whole seconds already.
  serialize: (value) => value as EpochSeconds,
  parseValue: parseTimestamp,
  parseLiteral(node) {
    if (node.kind === Kind.INT) return parseTimestamp(Number(node.value));
    if (node.kind === Kind.STRING) return parseTimestamp(node.value);
    return refuse(print(node).slice(0, 60));
  },
});
