// A GraphQL server of the kind named by its argument, with the same schema, resolvers and data as the others. It tells
// its port on standard output and runs until it is ended.
import { ApolloServer } from "@apollo/server";
import fastifyApollo from "@as-integrations/fastify";
import Fastify from "fastify";
import mercurius from "mercurius";
import { requestContext } from "../../../dist/graphql/context.js";
import { createSchema } from "../../../dist/graphql/schema.js";
import { registerGraphQL } from "../../../dist/graphql/server.js";
import { inMemoryServices } from "./in-memory-services.js";

const { services } = await inMemoryServices();

const kinds = {
  gateway: (app) => registerGraphQL(app, services),
  "mercurius with JIT": (app) =>
    app.register(mercurius, {
      schema: createSchema(),
      jit: 1,
      context: (request, reply) => requestContext(services, request, reply),
    }),
  "Apollo as installed": async (app) => {
    const apollo = new ApolloServer({ schema: createSchema(), stopOnTerminationSignals: false });
    await apollo.start();
    await app.register(fastifyApollo(apollo), {
      context: async (request, reply) => requestContext(services, request, reply),
    });
  },
};

const app = Fastify();
await kinds[process.argv[2]](app);
await app.listen({ host: "127.0.0.1", port: 0 });
process.on("SIGTERM", () => process.exit());
process.stdout.write(`${app.server.address().port}\n`);
