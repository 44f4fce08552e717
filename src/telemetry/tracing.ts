import type { Config } from "../config.js";
import type { Logger } from "../log.js";

export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** One piece of work in a trace. Attributes never carry a credential, a parameter's value or anything personal. */
export interface Span {
  /** A name that is known only later; of a bounded set. */
  rename(name: string): void;
  set(attributes: SpanAttributes): void;
  /** Marks the work as failed, by a word of a known list. */
  fail(reason: string): void;
  end(): void;
}

/** Whose part the work is: ours, an answer to a caller, or a call to another service or store. */
export type SpanKind = "internal" | "server" | "client";

export interface Tracing extends AsyncDisposable {
  /** The id under which the current request's trace is found; undefined when there is none. */
  readonly traceId: string | undefined;
  /** Runs work in a span, which fails if the work rejects. Spans that the work starts are its children. */
  span<T>(name: string, kind: SpanKind, attributes: SpanAttributes, work: (span: Span) => Promise<T>): Promise<T>;
  /** The context that a caller's headers name, to be the parent of the request's first span. */
  incoming(headers: Readonly<Record<string, unknown>>): unknown;
  /** Starts a span whose children are all that the request does until the span ends. */
  begin(name: string, kind: SpanKind, attributes: SpanAttributes): Span;
  /** Headers that make a call to another service a part of this trace. */
  headers(): Readonly<Record<string, string>>;
}

const noSpan: Span = { rename() {}, set() {}, fail() {}, end() {} };
const noHeaders = {};

/** No tracing at all: work is run, and nothing else is done. */
export const untraced: Tracing = {
  traceId: undefined,
  span: (_name, _kind, _attributes, work) => work(noSpan),
  incoming: () => undefined,
  begin: () => noSpan,
  headers: () => noHeaders,
  async [Symbol.asyncDispose]() {},
};

/** Traces to OTEL_EXPORTER_OTLP_ENDPOINT. Where it is not set, OpenTelemetry's SDK is not even loaded. */
export async function openTracing(
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }: Pick<Config, "OTEL_EXPORTER_OTLP_ENDPOINT">,
  log: Logger,
): Promise<Tracing> {
  if (endpoint === undefined) return untraced;
  const { otlpTracing } = await import("./opentelemetry.js");
  return otlpTracing(endpoint, log);
}
