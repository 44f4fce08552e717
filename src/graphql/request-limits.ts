import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import type { Config } from "../config.js";
import { GatewayError } from "../errors.js";

/** Before any of a batch is looked at. */
export function refuseLargeBatches({ GRAPHQL_MAX_BATCH: limit }: Pick<Config, "GRAPHQL_MAX_BATCH">) {
  return ({ body }: FastifyRequest, _reply: FastifyReply, done: (refusal?: GatewayError) => void) => {
    if (!Array.isArray(body) || body.length <= limit) return done();
    const asked = body.length;
    const message = `A request takes ${limit === 1 ? "one operation" : `${limit} operations`} here, and this one has ${asked}: send them one after the other.`;
    done(new GatewayError("BATCH_TOO_LARGE", message, { details: { asked, limit } }));
  };
}

/** Fastify's refusal of a body for its size, which it reads no further; any other error as it is. */
export function inWordsOfLimits(
  error: FastifyError | GatewayError,
  { GRAPHQL_MAX_BODY_BYTES: limit }: Pick<Config, "GRAPHQL_MAX_BODY_BYTES">,
): FastifyError | GatewayError {
  if (error.code !== "FST_ERR_CTP_BODY_TOO_LARGE") return error;
  const message = `The body of a request takes ${limit} bytes here: ask for less at once.`;
  return new GatewayError("BODY_TOO_LARGE", message, { details: { limit } });
}
