import { ApolloServer } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { servesGraphiQL } from "../config.js";
import { GatewayError } from "../errors.js";
import type { Services } from "../services.js";
import { AllowedDocuments, persistedDocuments, refuseOthers } from "./allowed-documents.js";
import { executedBy, remembering } from "./apollo-executor.js";
import { type RequestContext, requestContext } from "./context.js";
import { errorCodes, formatErrors, masked } from "./error-answers.js";
import { observingOperations, operationObserver } from "./observe-operations.js";
import { OperationLimits } from "./operation-limits.js";
import { knownOperationTypes } from "./operation-types.js";
import { Operations } from "./operations.js";
import { parserLimits } from "./parser-limits.js";
import { inWordsOfLimits, refuseLargeBatches } from "./request-limits.js";
import { createSchema } from "./schema.js";
import { schemaReaders } from "./schema-disclosure.js";
import { shortPath } from "./short-path.js";
import { statusForJson } from "./status-for-json.js";

/**
 * Serves the schema at `/graphql`, GET and POST.
 * @param pageDocuments what our own pages ask: executed even where only listed documents are
 */
export async function registerGraphQL(
  app: FastifyInstance,
  services: Services,
  pageDocuments: readonly string[] = [],
): Promise<void> {
  const { config } = services;
  const schema = createSchema();
  const readers = schemaReaders(config);
  const allowed =
    config.GRAPHQL_DOCUMENTS === undefined ? undefined : AllowedDocuments.read(config.GRAPHQL_DOCUMENTS, pageDocuments);
  const observe = operationObserver(services.telemetry);
  const operations = new Operations(schema, config.GRAPHQL_COMPILE_AFTER, new OperationLimits(schema, config), readers);
  const apollo = new ApolloServer<RequestContext>({
    gateway: executedBy(operations, schema),
    // Who may ask is judged where operations are executed, for it depends on who they are.
    introspection: true,
    csrfPrevention: true,
    // Those of more operations than are allowed have been refused before.
    allowBatchedHttpRequests: true,
    validationRules: [knownOperationTypes],
    parseOptions: { maxTokens: config.GRAPHQL_MAX_TOKENS },
    includeStacktraceInErrorResponses: false,
    persistedQueries: { cache: persistedDocuments(allowed), ttl: null },
    stopOnTerminationSignals: false,
    logger: services.log,
    formatError: formatErrors(services.log, { suggests: readers === "everybody" }),
    plugins: [
      observingOperations(observe),
      remembering(operations),
      parserLimits(config.GRAPHQL_MAX_TOKENS),
      errorCodes,
      statusForJson,
      // Hooks every field, for headers that answers behind a token do not have.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      // An APOLLO_KEY in the environment must not make queries leave this machine.
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await apollo.start();
  app.addHook("onClose", () => apollo.stop());

  const contextOf = (request: FastifyRequest, reply: FastifyReply) => requestContext(services, request, reply);
  const executed = new WeakMap<FastifyRequest, RequestContext>();
  const handler = fastifyApolloHandler(apollo, {
    context: async (request, reply) => executed.get(request) ?? contextOf(request, reply),
  });
  const throughApollo = (request: FastifyRequest, reply: FastifyReply) => handler.call(app, request, reply);
  await app.register((scope, _options, done) => {
    scope.setErrorHandler((error: FastifyError | GatewayError, request, reply) =>
      answerRefused(inWordsOfLimits(error, config), request, reply),
    );
    if (servesGraphiQL(config)) scope.addHook("onRequest", leadReadersToGraphiQL);
    if (allowed) scope.addHook("preHandler", refuseOthers(allowed));
    scope.get("/graphql", throughApollo);
    scope.post("/graphql", {
      bodyLimit: config.GRAPHQL_MAX_BODY_BYTES,
      preHandler: refuseLargeBatches(config),
      handler: shortPath({ operations, observe, contextOf, throughApollo, executed }),
    });
    scope.route({ method: ["DELETE", "OPTIONS", "PATCH", "PUT"], url: "/graphql", handler: refuseMethod });
    done();
  });
}

async function refuseMethod(_request: FastifyRequest, reply: FastifyReply) {
  const message = "GraphQL takes its queries by POST, or by GET in the parameter `query`.";
  return reply
    .code(405)
    .header("allow", "GET, POST")
    .send({ errors: [{ message, extensions: { code: "BAD_REQUEST" } }] });
}

/** Whoever opens the address in a browser wants to read and try, not a refusal for sending no query. */
function leadReadersToGraphiQL(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const isReader =
    request.method === "GET" && request.url === "/graphql" && /\btext\/html\b/.test(request.headers.accept ?? "");
  if (isReader) void reply.redirect("/graphiql", 303);
  else done();
}

/** What is refused before Apollo sees it (no JSON, too large, another media type; overload), in the form of GraphQL. */
function answerRefused(error: FastifyError | GatewayError, request: FastifyRequest, reply: FastifyReply): void {
  if (error instanceof GatewayError) {
    const { httpStatus, message, details, code } = error;
    void reply.code(httpStatus).send({ errors: [{ message, extensions: { ...details, code } }] });
    return;
  }
  const status = error.statusCode ?? 500;
  if (status < 500) {
    void reply.code(status).send({ errors: [{ message: error.message, extensions: { code: "BAD_REQUEST" } }] });
    return;
  }
  const requestId = request.id;
  request.log.error({ err: error, requestId }, "A GraphQL request failed");
  void reply.code(status).send({ errors: [masked(requestId)] });
}
