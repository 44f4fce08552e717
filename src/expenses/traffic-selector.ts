import type { TrafficSelector } from "./filter.js";

/**
 * Reads one side of a traffic filter: `ANY`, or `region:cloud_type`, split at the last colon.
 * @returns undefined when it is neither, for the caller to refuse in the words of its own contract.
 */
export function parseTrafficSelector(text: string): Exclude<TrafficSelector, null> | undefined {
  if (text === "ANY") return "ANY";
  const colon = text.lastIndexOf(":");
  return colon < 0 ? undefined : { region: text.slice(0, colon), cloudType: text.slice(colon + 1) };
}
