import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GatewayError } from "../errors.js";
import type { Logger } from "../log.js";
import { currentRequest } from "../request-record.js";
import type { ClickHouse } from "../stores/clickhouse.js";
import type { Databases } from "../stores/relational.js";
import type { Metrics } from "../telemetry/metrics.js";
import type { EpochSeconds } from "../time.js";
import { type Access, ClusterAccess } from "./cluster-access.js";
import { KnownSeriesCache } from "./known-series.js";
import { SampleBatch } from "./sample-batch.js";
import { SampleWriter } from "./sample-writer.js";
import { MAX_UNCOMPRESSED_BYTES, OversizedWrite, unpackSnappy } from "./snappy-block.js";
import { MalformedWrite, readWriteRequest } from "./write-request.js";

const MAX_BODY_BYTES = 16 * 1024 * 1024;
const NO_TENANT =
  "Send the cloud account's id in the header Cloud-Account-Id, or as ?cloud_account_id= at the end of the address.";
const PROTOBUF = "application/x-protobuf";

const refusals: Record<Exclude<Access, "granted">, [status: number, sentence: string]> = {
  "wrong-credentials": [401, "The basic auth credentials are not those of this cloud account."],
  "no-such-cluster": [422, "The id names no Kubernetes cloud account that is alive."],
  "no-credentials": [
    422,
    "This cloud account has no metrics credentials: give it some with `expense-gateway cluster set`.",
  ],
};

export interface ReceiverOptions extends Databases {
  readonly clickHouse: ClickHouse;
  readonly log: Logger;
  readonly onSamplesStored?: SamplesStored | undefined;
  readonly metrics?: Pick<Metrics, "samples" | "clusters"> | undefined;
}

/** Told of each write once its samples can be read: whose they are, and how far back they reach. */
export type SamplesStored = (cloudAccountId: string, oldest: EpochSeconds) => void;

/**
 * `POST /storage/api/v2/write`: Prometheus remote_write 1.0 for the cloud account that the header
 * `Cloud-Account-Id` names, or, for senders that cannot send headers of their own, `?cloud_account_id=` of the address.
 * Nothing else says whose samples these are. Answers 204 once all samples are stored. Prometheus drops what is answered
 * with 4xx and repeats what is answered with 5xx: only a fault of the sender is a 4xx.
 */
export function registerReceiver(app: FastifyInstance, options: ReceiverOptions): void {
  const { clickHouse, log, onSamplesStored, metrics } = options;
  const access = new ClusterAccess(options);
  const known = new KnownSeriesCache();
  const writer = new SampleWriter(clickHouse);
  app.addHook("onClose", () => writer.close());

  app.addHook("onResponse", async (_request, reply) => metrics?.samples.answered(reply.statusCode));

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: MAX_BODY_BYTES }, (_request, body, done) => {
    done(null, body);
  });
  app.setErrorHandler(async (error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof GatewayError && !error.isFault) return refuse(reply, error.httpStatus, error.message);
    const status = error.statusCode ?? 503;
    if (status >= 500) log.error({ err: error }, "samples could not be stored");
    return refuse(
      reply,
      status < 500 ? status : 503,
      status === 413
        ? `A write may have ${MAX_BODY_BYTES} bytes: lower max_samples_per_send.`
        : status < 500
          ? error.message
          : "The samples could not be stored: send them again.",
    );
  });

  /** Runs before the body is read, so that a stranger's is not. */
  async function checkSender(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const cloudAccountId = tenantOf(request);
    if (cloudAccountId === undefined) return refuse(reply, 400, NO_TENANT);
    const verdict = await access.check(cloudAccountId, request.headers.authorization);
    if (verdict !== "granted") {
      if (verdict === "wrong-credentials") reply.header("www-authenticate", 'Basic realm="remote_write"');
      return refuse(reply, ...refusals[verdict]);
    }
    const record = currentRequest();
    if (record !== undefined) record.principal = { kind: "cluster", id: cloudAccountId };
    const unsupported = unsupportedEncoding(request);
    return unsupported === null ? undefined : refuse(reply, 415, unsupported);
  }

  app.post("/storage/api/v2/write", { bodyLimit: MAX_BODY_BYTES, onRequest: checkSender }, async (request, reply) => {
    const batch = new SampleBatch(tenantOf(request) as string, known);
    try {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      readWriteRequest(await unpackSnappy(body), batch);
    } catch (error) {
      if (error instanceof MalformedWrite) return refuse(reply, 400, `Not a remote_write message: ${error.message}.`);
      if (error instanceof OversizedWrite) {
        return refuse(reply, 413, `A write may unpack to ${MAX_UNCOMPRESSED_BYTES} bytes: lower max_samples_per_send.`);
      }
      throw error;
    }
    await writer.write(batch);
    metrics?.samples.received(batch.count, batch.refused);
    if (batch.count > 0) {
      const cloudAccountId = tenantOf(request) as string;
      metrics?.clusters.sampled(cloudAccountId, batch.newest / 1000);
      onSamplesStored?.(cloudAccountId, Math.floor(batch.oldest / 1000));
    }
    if (batch.refused > 0) {
      return refuse(
        reply,
        400,
        `${batch.refused} samples were left out, because their time is before 2000 or more than a day ahead; the rest is stored.`,
      );
    }
    return reply.code(204).send();
  });
}

function tenantOf(request: FastifyRequest): string | undefined {
  const header = request.headers["cloud-account-id"];
  if (typeof header === "string" && header !== "") return header;
  const { cloud_account_id: named } = request.query as Readonly<Record<string, string | string[] | undefined>>;
  return typeof named === "string" && named !== "" ? named : undefined;
}

/** A sentence about what the sender must change, or null. */
function unsupportedEncoding({ headers }: FastifyRequest): string | null {
  const [type = "", ...parameters] = (headers["content-type"] ?? PROTOBUF).toLowerCase().split(/\s*;\s*/);
  if (type !== PROTOBUF) return "Send remote_write 1.0: Content-Type application/x-protobuf.";
  const message = parameters.find((parameter) => parameter.startsWith("proto="))?.replace(/^proto=|"/g, "");
  if (message !== undefined && message !== "prometheus.writerequest") {
    return "Only remote_write 1.0 is understood: set protobuf_message to prometheus.WriteRequest.";
  }
  if ((headers["content-encoding"] ?? "snappy").toLowerCase() !== "snappy") return "Send Content-Encoding: snappy.";
  return null;
}

function refuse(reply: FastifyReply, status: number, sentence: string): FastifyReply {
  return reply.code(status).type("text/plain; charset=utf-8").send(`${sentence}\n`);
}
