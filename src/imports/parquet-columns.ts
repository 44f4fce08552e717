import type { SchemaTree } from "hyparquet";

/**
 * What a column of a file holds: text (or what can be read as text); a map of texts; a list of pairs, with the names
 * that the key and the value have in it; or nothing that there is a use for.
 */
export type ColumnType = "text" | "map" | PairsType | "none";

export interface PairsType {
  readonly key: string;
  readonly value: string;
}

export function columnType({ element, children }: SchemaTree): ColumnType {
  if (children.length === 0) return "text";
  const is = (type: "MAP" | "LIST") => element.converted_type === type || element.logical_type?.type === type;
  if (is("MAP") || element.converted_type === "MAP_KEY_VALUE") return "map";
  if (!is("LIST")) return "none";
  const [repeated] = children;
  // Old writers leave out the level between the list and what is in it.
  const item = repeated?.children.length === 1 ? repeated.children[0] : repeated;
  return pairsType(item?.children ?? []) ?? "none";
}

function pairsType(members: readonly SchemaTree[]): PairsType | undefined {
  if (members.length !== 2 || members.some(({ children }) => children.length > 0)) return undefined;
  const named = (name: string) => members.find(({ element }) => element.name.toLowerCase() === name)?.element.name;
  const [key, value] = [named("key"), named("value")];
  return key === undefined || value === undefined ? undefined : { key, value };
}
