export type StoreName = "clickhouse" | "relational";

/** One call to a store, as metrics and traces see it. */
export interface StoreCall {
  readonly store: StoreName;
  /** As OpenTelemetry names the product. */
  readonly system: "clickhouse" | "sqlite" | "mariadb";
  /** Of a bounded set: a method of ours or of Prisma's, with the model. */
  readonly operation: string;
  /** SQL with places for its parameters, whose values are never told. */
  readonly statement?: string | undefined;
}

/** Runs a call, and notes how it went. */
export type AroundStoreCall = <T>(call: StoreCall, run: () => Promise<T>) => Promise<T>;

/** Nothing is noted. */
export const unobserved: AroundStoreCall = (_call, run) => run();
