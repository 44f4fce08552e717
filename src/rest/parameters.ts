import { isOnlyWildcards, LONGEST_PATTERN } from "../expenses/like-pattern.js";
import { LATEST_INSTANT } from "../time.js";
import { RestError } from "./errors.js";
import { pythonInteger } from "./python-integer.js";
import type { QueryArguments } from "./query-arguments.js";

/** What every parameter tells its reader; requests are checked by, and the API's document is written from, the same. */
interface Described {
  readonly name: string;
  readonly description: string;
  readonly example?: string | number | boolean | readonly string[];
}

/** Seconds since the epoch; always required. */
export interface DateParameter extends Described {
  readonly kind: "date";
}

/** Repeated, never comma-separated. */
export interface ListParameter extends Described {
  readonly kind: "list";
  /** A form that every value has, for the reader; what has another form is refused later, in its own words. */
  readonly pattern?: string;
}

/** Text; unless any will do, it must hold something beside wildcards. */
export interface TextParameter extends Described {
  readonly kind: "text";
  readonly anyText?: true;
  /** For the reader: an endpoint that needs it says so itself. */
  readonly required?: true;
  /** For the reader; which values are refused, and how, is the endpoint's business. */
  readonly values?: readonly string[];
  readonly fallback?: string;
}

/** `true` or `false` in any letter case; empty acts as false. */
export interface FlagParameter extends Described {
  readonly kind: "flag";
  readonly fallback?: boolean;
}

/** A whole number within bounds, both inclusive. */
export interface IntegerParameter extends Described {
  readonly kind: "integer";
  readonly minimum: number;
  readonly maximum: number;
}

/** v2's `filter_by`: one of few words. */
export interface ChoiceParameter extends Described {
  readonly kind: "choice";
  readonly values: readonly string[];
  readonly required: boolean;
}

export type Parameter =
  | DateParameter
  | ListParameter
  | TextParameter
  | FlagParameter
  | IntegerParameter
  | ChoiceParameter;

export interface ParameterSet {
  readonly parameters: readonly Parameter[];
  /** Whether a name that is no parameter is refused (OE0212), or passed over. */
  readonly refusesOthers: boolean;
}

/** The arguments of a request, checked. What was not sent is undefined. */
export interface Arguments {
  readonly integers: Readonly<Record<string, number | undefined>>;
  readonly lists: Readonly<Record<string, readonly string[] | undefined>>;
  readonly texts: Readonly<Record<string, string | undefined>>;
  readonly flags: Readonly<Record<string, boolean | undefined>>;
}

/**
 * Checks a query against an endpoint's parameters, in the order of contract §2.3, which decides what a request
 * with several faults is told.
 * @throws RestError, or PlainHttpError 400 for a value that is not UTF-8
 */
export function readArguments(query: QueryArguments, { parameters, refusesOthers }: ParameterSet): Arguments {
  const dates = parameters.filter((parameter) => parameter.kind === "date");
  const choices = parameters.filter((parameter) => parameter.kind === "choice");
  const integers: Record<string, number | undefined> = {};
  const texts: Record<string, string | undefined> = {};
  const lists: Record<string, readonly string[] | undefined> = {};
  const flags: Record<string, boolean | undefined> = {};

  const instants = dates.map(({ name }) => ({ name, value: integerOf(query, name) }));
  // Every endpoint with a window once knew `filter_by`: it is refused in its own way where it has no meaning.
  const filterBy = dates.length > 0 ? query.last("filter_by") : undefined;
  for (const { name, value } of instants) if (value === undefined) throw new RestError("OE0216", [name]);
  for (const { name, required } of choices) {
    if (required && filterBy === undefined) throw new RestError("OE0216", [name]);
  }
  for (const { name, value } of [...instants].reverse()) {
    integers[name] = within(name, value as number | "", 0, LATEST_INSTANT);
  }
  const [start, end] = instants;
  if (start && end && (integers[end.name] as number) < (integers[start.name] as number)) {
    throw new RestError("OE0446", [end.name, start.name]);
  }
  judgeFilterBy(filterBy, choices[0]);
  if (filterBy) texts.filter_by = filterBy;

  if (refusesOthers) refuseOthers(query, parameters);
  for (const parameter of parameters) {
    if (parameter.kind === "list" && query.has(parameter.name)) lists[parameter.name] = query.all(parameter.name);
  }
  for (const parameter of parameters) {
    if (parameter.kind === "text") texts[parameter.name] = textOf(query, parameter);
  }
  for (const parameter of parameters) {
    if (parameter.kind === "flag") flags[parameter.name] = flagOf(query, parameter.name);
  }
  for (const parameter of parameters) {
    if (parameter.kind !== "integer") continue;
    const value = integerOf(query, parameter.name);
    if (value !== undefined) {
      integers[parameter.name] = within(parameter.name, value, parameter.minimum, parameter.maximum);
    }
  }
  return { integers, lists, texts, flags };
}

function judgeFilterBy(value: string | undefined, choice: ChoiceParameter | undefined): void {
  const unusable = choice?.required ? value === "" : false;
  if (unusable || (value && !choice?.values.includes(value))) throw new RestError("OE0217", ["filter_by"]);
}

function refuseOthers(query: QueryArguments, parameters: readonly Parameter[]): void {
  const known = new Set(parameters.map(({ name }) => name));
  const others = query.names().filter((name) => !known.has(name));
  if (others.length > 0) throw new RestError("OE0212", [others.join(", ")]);
}

/** @returns undefined when it was not sent, "" when it was sent empty */
function integerOf(query: QueryArguments, name: string): number | "" | undefined {
  const text = query.last(name);
  if (text === undefined || text === "") return text;
  const value = pythonInteger(text);
  if (value === undefined) throw new RestError("OE0217", [name]);
  return value;
}

function within(name: string, value: number | "", minimum: number, maximum: number): number {
  if (value === "") throw new RestError("OE0223", [name]);
  if (value < minimum || value > maximum) throw new RestError("OE0224", [name, minimum, maximum]);
  return value;
}

function textOf(query: QueryArguments, parameter: TextParameter): string | undefined {
  const { name, anyText } = parameter;
  const text = query.last(name);
  if (!anyText && text !== undefined && isOnlyWildcards(text)) throw new RestError("OE0496", [name]);
  if (text !== undefined && isPattern(parameter) && text.length > LONGEST_PATTERN)
    throw new RestError("OE0217", [name]);
  return text;
}

/** Whether it is a `*_like`: any text will not do, and no list of values is given. */
export function isPattern({ anyText, values }: TextParameter): boolean {
  return !anyText && !values;
}

function flagOf(query: QueryArguments, name: string): boolean | undefined {
  const text = query.last(name);
  if (text === undefined) return undefined;
  const word = text.toLowerCase();
  if (word !== "" && word !== "true" && word !== "false") throw new RestError("OE0217", [name]);
  return word === "true";
}
