import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type ErrorCode, GatewayError, maskedMessage } from "./errors.js";

/**
 * Answers what goes wrong outside of GraphQL, REST v2 and Metroculus, which have forms of their own: as JSON
 * `{"error": {"code", "message"}}`, of an unforeseen failure no more than the id under which the log tells more.
 */
export function answerFailuresPlainly(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => {
    void reply.code(404).send(failure("NOT_FOUND", "Nothing is served here: check the path and the method."));
  });
  app.setErrorHandler(answerFailure);
}

/** For what the framework refuses before it has looked for a route, such as an address that cannot be decoded. */
export function answerUnroutable(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  void reply.code(error.statusCode ?? 400).send(failure("BAD_USER_INPUT", `${error.message}.`));
}

function answerFailure(error: FastifyError | GatewayError, request: FastifyRequest, reply: FastifyReply): void {
  if (error instanceof GatewayError) {
    if (error.isFault) request.log.error({ err: error.cause ?? error }, "A request failed");
    void reply.code(error.httpStatus).send(failure(error.code, error.message));
    return;
  }
  const status = error.statusCode ?? 500;
  if (status < 500) {
    void reply.code(status).send(failure(status === 404 ? "NOT_FOUND" : "BAD_USER_INPUT", `${error.message}.`));
    return;
  }
  const requestId = request.id;
  request.log.error({ err: error, requestId }, "A request failed");
  void reply.code(status).send(failure("INTERNAL", maskedMessage(requestId)));
}

function failure(code: ErrorCode, message: string) {
  return { error: { code, message } };
}
