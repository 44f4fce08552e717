import { Counter, Histogram, type Registry } from "prom-client";
import { BoundedNames, OTHER } from "./bounded-names.js";
import { SECONDS } from "./buckets.js";

/** How an operation ended: without errors; with errors that its caller made; with an error of ours. */
export type OperationStatus = "ok" | "refused" | "failed";

/** What `operation` says of an operation without a name. */
const UNNAMED = "unnamed";
const PLACES = 60;

/** GraphQL operations by name. */
export class GraphQLMetrics {
  #names = new BoundedNames([UNNAMED], PLACES);
  #codes = new Set<string>();
  readonly #duration;
  readonly #errors;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#duration = new Histogram({
      name: "expense_gateway_graphql_operation_duration_seconds",
      help: "GraphQL operations by name and status: ok, refused (all errors are the caller's), failed.",
      labelNames: ["operation", "status"],
      buckets: SECONDS,
      registers,
    });
    this.#errors = new Counter({
      name: "expense_gateway_graphql_errors_total",
      help: "Errors in GraphQL answers by code.",
      labelNames: ["code"],
      registers,
    });
  }

  /** The operations of our own pages, which others cannot crowd out, and the codes that errors have. */
  know(operations: Iterable<string>, codes: Iterable<string>): void {
    this.#names = new BoundedNames([UNNAMED, ...operations], PLACES);
    this.#codes = new Set(codes);
  }

  /**
   * A name of somebody else's gets a place only by an operation that succeeded for a caller with credentials.
   * @param codes of the answer's errors
   */
  ended(
    name: string | undefined,
    status: OperationStatus,
    { seconds, authenticated, codes }: { seconds: number; authenticated: boolean; codes: readonly unknown[] },
  ): void {
    const operation = this.#names.of(name ?? UNNAMED, status === "ok" && authenticated);
    this.#duration.observe({ operation, status }, seconds);
    for (const code of codes) {
      this.#errors.inc({ code: typeof code === "string" && this.#codes.has(code) ? code : OTHER });
    }
  }
}
