import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { PbfReader } from "pbf";

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty when it has none. */
  readonly parentSpanId: string;
  readonly name: string;
  /** As the protocol numbers them: 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** 2 is an error. */
  readonly status: number;
}

export interface OtlpReceiver extends AsyncDisposable {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  readonly resources: Readonly<Record<string, unknown>>[];
  /** All bytes as text, for what must not be in them. */
  readonly raw: string[];
}

/** Takes spans as a collector does: OTLP over HTTP, protobuf, at /v1/traces. */
export async function otlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const resources: Record<string, unknown>[] = [];
  const raw: string[] = [];
  const server = createServer(async (request, response) => {
    const sent = await buffer(request);
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
    if (request.url === "/v1/traces" && request.headers["content-type"] === "application/x-protobuf") {
      raw.push(body.toString("latin1"));
      read(body, spans, resources);
      response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
    } else {
      response.writeHead(404).end();
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    resources,
    raw,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** ExportTraceServiceRequest of opentelemetry-proto, as far as it is looked at. */
function read(body: Buffer, spans: ReceivedSpan[], resources: Record<string, unknown>[]): void {
  message(new PbfReader(body), {
    1: (resourceSpans) =>
      message(resourceSpans, {
        1: (resource) => resources.push(attributesIn(resource, 1)),
        2: (scopeSpans) => message(scopeSpans, { 2: (span) => spans.push(spanIn(span)) }),
      }),
  });
}

function spanIn(reader: PbfReader): ReceivedSpan {
  const span = { traceId: "", spanId: "", parentSpanId: "", name: "", kind: 0, status: 0 };
  const attributes: Record<string, string | number | boolean> = {};
  reader.readFields((tag) => {
    if (tag === 1) span.traceId = hex(reader);
    if (tag === 2) span.spanId = hex(reader);
    if (tag === 4) span.parentSpanId = hex(reader);
    if (tag === 5) span.name = reader.readString();
    if (tag === 6) span.kind = reader.readVarint();
    if (tag === 9) Object.assign(attributes, attributeIn(nested(reader)));
    if (tag === 15) {
      const status = nested(reader);
      status.readFields((part) => {
        if (part === 3) span.status = status.readVarint();
      }, undefined);
    }
  }, undefined);
  return { ...span, attributes };
}

function attributesIn(reader: PbfReader, field: number): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  message(reader, { [field]: (one) => Object.assign(found, attributeIn(one)) });
  return found;
}

function attributeIn(reader: PbfReader): Record<string, string | number | boolean> {
  let key = "";
  let value: string | number | boolean = "";
  reader.readFields((tag) => {
    if (tag === 1) key = reader.readString();
    if (tag === 2) {
      const any = nested(reader);
      any.readFields((part) => {
        if (part === 1) value = any.readString();
        if (part === 2) value = any.readBoolean();
        if (part === 3) value = any.readVarint(true);
        if (part === 4) value = any.readDouble();
      }, undefined);
    }
  }, undefined);
  return { [key]: value };
}

function message(reader: PbfReader, fields: Readonly<Record<number, (inner: PbfReader) => unknown>>): void {
  reader.readFields((tag) => {
    const take = fields[tag];
    if (take !== undefined) take(nested(reader));
  }, undefined);
}

const nested = (reader: PbfReader) => new PbfReader(reader.readBytes());
const hex = (reader: PbfReader) => Buffer.from(reader.readBytes()).toString("hex");
