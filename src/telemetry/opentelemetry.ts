import {
  type Attributes,
  type Context,
  DiagLogLevel,
  defaultTextMapGetter,
  defaultTextMapSetter,
  diag,
  type Span as OtelSpan,
  SpanKind as OtelSpanKind,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { Logger } from "../log.js";
import { currentRequest, currentTrace, RequestRecord, replaceTrace, within } from "../request-record.js";
import type { Span, SpanAttributes, SpanKind, Tracing } from "./tracing.js";

const kinds: Record<SpanKind, OtelSpanKind> = {
  internal: OtelSpanKind.INTERNAL,
  server: OtelSpanKind.SERVER,
  client: OtelSpanKind.CLIENT,
};

/** How long the end of the process waits for the last spans to be taken. Milliseconds. */
const FLUSH_MS = 3_000;
/** A longer statement is cut off, as is any other text. */
const LONGEST_TEXT = 4_000;

const propagator = new W3CTraceContextPropagator();

/**
 * Sends spans by OTLP over HTTP (protobuf), in batches. What else OpenTelemetry's own variables say (headers, sampler,
 * service name, timeouts) holds as its documentation says. Nothing global is registered but where its complaints go.
 * @param endpoint the base; `/v1/traces` is appended
 */
export function otlpTracing(endpoint: string, log: Logger): Tracing {
  complainTo(log);
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ "service.name": "expense-gateway" }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanLimits: { attributeValueLengthLimit: LONGEST_TEXT },
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, "")}/v1/traces` })),
    ],
  });
  const tracer = provider.getTracer("expense-gateway");
  const start = (name: string, kind: SpanKind, attributes: SpanAttributes, parent: Context) =>
    tracer.startSpan(name, { kind: kinds[kind], attributes: attributes as Attributes }, parent);

  return {
    get traceId() {
      return trace.getSpanContext(parentContext())?.traceId;
    },
    span(name, kind, attributes, work) {
      const parent = parentContext();
      const started = start(name, kind, attributes, parent);
      const span = spanOf(started);
      // What belongs to no request, such as a query at the start, still has children.
      const record = currentRequest() ?? new RequestRecord("");
      return within(record, trace.setSpan(parent, started), async () => {
        try {
          return await work(span);
        } catch (error) {
          span.fail(codeOf(error));
          throw error;
        } finally {
          span.end();
        }
      });
    },
    incoming: (headers) => propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter),
    begin(name, kind, attributes) {
      const parent = parentContext();
      const started = start(name, kind, attributes, parent);
      replaceTrace(trace.setSpan(parent, started));
      const span = spanOf(started);
      return {
        ...span,
        end() {
          span.end();
          replaceTrace(parent);
        },
      };
    },
    headers() {
      const carrier: Record<string, string> = {};
      propagator.inject(parentContext(), carrier, defaultTextMapSetter);
      return carrier;
    },
    async [Symbol.asyncDispose]() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, FLUSH_MS);
      });
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      clearTimeout(timer);
    },
  };
}

function parentContext(): Context {
  return (currentTrace() as Context | undefined) ?? ROOT_CONTEXT;
}

function spanOf(span: OtelSpan): Span {
  return {
    rename: (name) => void span.updateName(name),
    set: (attributes) => void span.setAttributes(attributes as Attributes),
    fail(reason) {
      span.setAttribute("error.type", reason);
      span.setStatus({ code: SpanStatusCode.ERROR });
    },
    end: () => span.end(),
  };
}

/** An error's code only: its message may quote a statement, an address or a value. */
function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return typeof code === "string" ? code : typeof name === "string" ? name : "unknown";
}

/** An endpoint that takes no spans is worth one line a minute. */
const EVERY_MS = 60_000;

function complainTo(log: Logger): void {
  let silentUntil = 0;
  const complain = () => {
    if (performance.now() < silentUntil) return;
    silentUntil = performance.now() + EVERY_MS;
    // Without its words, which may hold the address and, with it, a password.
    log.warn("traces could not be sent: does OTEL_EXPORTER_OTLP_ENDPOINT take OTLP over HTTP? They are dropped.");
  };
  const ignore = () => {};
  diag.setLogger(
    { error: complain, warn: complain, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
