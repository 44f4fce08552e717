import type { SchemaTree } from "hyparquet";

/**
 * What a column of a file holds: text (or what can be read as text); a map of texts; a list of pairs, with the names
 * that the key and the value have in it; a structure of texts; or what cannot be read.
 */
export type ColumnType = "text" | "map" | PairsType | StructureType | "unreadable";

export interface PairsType {
  readonly key: string;
  readonly value: string;
}

export interface StructureType {
  readonly members: readonly string[];
}

export function columnType({ element, children }: SchemaTree): ColumnType {
  if (children.length === 0) return "text";
  const is = (type: "MAP" | "LIST") => element.converted_type === type || element.logical_type?.type === type;
  if (is("MAP") || element.converted_type === "MAP_KEY_VALUE") return "map";
  if (!is("LIST")) return structureType(children) ?? "unreadable";
  const [repeated] = children;
  // Old writers leave out the level between the list and what is in it.
  const item = repeated?.children.length === 1 ? repeated.children[0] : repeated;
  return pairsType(item?.children ?? []) ?? "unreadable";
}

function pairsType(members: readonly SchemaTree[]): PairsType | undefined {
  if (members.length !== 2 || members.some(({ children }) => children.length > 0)) return undefined;
  const named = (name: string) => members.find(({ element }) => element.name.toLowerCase() === name)?.element.name;
  const [key, value] = [named("key"), named("value")];
  return key === undefined || value === undefined ? undefined : { key, value };
}

function structureType(members: readonly SchemaTree[]): StructureType | undefined {
  const isPlain = members.every(
    ({ element, children }) => children.length === 0 && element.repetition_type !== "REPEATED",
  );
  return isPlain ? { members: members.map(({ element }) => element.name) } : undefined;
}
