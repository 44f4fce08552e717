import fc from "fast-check";

type Json = unknown;
type Path = readonly (string | number)[];

/** What stands where something else belongs. */
const anything: fc.Arbitrary<Json> = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<Json>(
    null,
    "",
    0,
    -1,
    1.5,
    2 ** 31,
    2 ** 53,
    4_294_967_296,
    1e308,
    -1e308,
    true,
    [],
    {},
    [[]],
    "\u0000",
    "\ud800",
    "'; DROP TABLE resources; --",
    "{x:String}",
    "a\tb\n\\N",
    "x".repeat(5_000),
    { toString: "x" },
    "1970-01-01",
  ),
);

/** What could as well stand where this does. */
function ofSameKind(value: Json): fc.Arbitrary<Json> {
  if (typeof value === "string") return fc.string({ unit: "binary", maxLength: 12 });
  if (typeof value === "number") {
    return fc.oneof(
      { weight: 3, arbitrary: fc.nat(2 ** 31 - 1) },
      { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
    );
  }
  if (typeof value === "boolean") return fc.boolean();
  return anything;
}

/**
 * A copy of a JSON value in which one to three places anywhere are replaced, left out, doubled or exchanged: most often
 * one, by another of its kind, so that many copies are still what they ought to be.
 */
export function changedAnywhere(value: Json): fc.Arbitrary<Json> {
  const paths = placesOf(value);
  const place = fc.constantFrom(...paths);
  const leaves = paths.filter((path) => typeof at(value, path) !== "object");
  const likely = (leaves.length > 0 ? fc.constantFrom(...leaves) : place).chain((here) =>
    fc.record({ kind: fc.constant("put" as const), place: fc.constant(here), value: ofSameKind(at(value, here)) }),
  );
  const step = fc.oneof(
    { weight: 9, arbitrary: likely },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("put" as const), place, value: anything }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop" as const), place, value: anything }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("double" as const), place, value: anything }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("put" as const), place, value: place.map((from) => at(value, from)) }),
    },
  );
  const steps = fc.oneof(
    { weight: 2, arbitrary: fc.array(step, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(step, { minLength: 2, maxLength: 3 }) },
  );
  return steps.map((steps) => {
    const copy = structuredClone(value);
    for (const { kind, place, value: put } of steps) change(copy, place, kind, structuredClone(put));
    return copy;
  });
}

function placesOf(value: Json, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    return [here, ...placesOf(inner, here)];
  });
}

function at(value: Json, path: Path): Json {
  return path.reduce<Json>((inner, key) => (inner as Record<string | number, Json> | null | undefined)?.[key], value);
}

function change(root: Json, path: Path, kind: "put" | "drop" | "double", value: Json): void {
  const parent = at(root, path.slice(0, -1));
  const key = path.at(-1) as string | number;
  // A change before this one may have taken its place away.
  if (typeof parent !== "object" || parent === null) return;
  if (Array.isArray(parent)) {
    const index = Number(key);
    if (!(index < parent.length)) return;
    if (kind === "put") parent[index] = value;
    else if (kind === "drop") parent.splice(index, 1);
    else parent.splice(index, 0, structuredClone(parent[index]));
    return;
  }
  const object = parent as Record<string, Json>;
  if (kind === "drop") delete object[key];
  else if (kind === "put") object[key] = value;
  else object[`${key}_`] = structuredClone(object[key]);
}
