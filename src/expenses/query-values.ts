import { isDeepStrictEqual } from "node:util";

/** The values of one statement: what was bound, under the names that its text refers to. */
export class QueryValues {
  private readonly values: Record<string, unknown> = {};

  /** @returns the text to put into the statement; binding the same name again must mean the same value. */
  bind(name: string, type: string, value: unknown): string {
    if (name in this.values && !isDeepStrictEqual(this.values[name], value)) {
      throw new Error(`The statement already has another value named ${name}.`);
    }
    this.values[name] = value;
    return `{${name}:${type}}`;
  }

  get bound(): Readonly<Record<string, unknown>> {
    return this.values;
  }
}
