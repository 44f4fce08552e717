/** Where a name goes that has no place of its own. */
export const OTHER = "other";

/**
 * Names that may label a metric: each is a series that is kept for as long as the process lives, so that callers
 * must not be able to make them up without end. Known names have their place for sure; of others, the first come
 * until all places are taken.
 */
export class BoundedNames {
  readonly #taken: Set<string>;

  /** @param places for all names, the known ones included */
  constructor(
    known: Iterable<string>,
    private readonly places: number,
  ) {
    this.#taken = new Set(known);
  }

  /** The name itself, if it has a place; `admit` lets it take one that is free. */
  of(name: string, admit: boolean): string {
    if (this.#taken.has(name)) return name;
    if (!admit || this.#taken.size >= this.places) return OTHER;
    this.#taken.add(name);
    return name;
  }
}
