import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import type { Endpoint } from "./endpoint.js";
import type { RestLimits } from "./limits.js";
import { openApiDocument } from "./openapi.js";

/** Where the viewer's own files lie: Swagger UI as it is released, kept by the makers of Fastify. */
const viewerFiles = join(dirname(createRequire(import.meta.url).resolve("@fastify/swagger-ui")), "static");

/** Files that the page asks for; the rest of the package is of no use here. */
const servedFiles = /\/(swagger-ui(-bundle|-standalone-preset)?\.(css|js)|index\.css|favicon-\d+x\d+\.png)$/;

/**
 * Everything comes from here and goes nowhere else. Swagger UI sets styles on elements as it draws, and shows small
 * pictures that are part of its style sheet.
 */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Expense gateway: REST v2</title>
<link rel="icon" type="image/png" sizes="32x32" href="/docs/static/favicon-32x32.png">
<link rel="stylesheet" href="/docs/static/swagger-ui.css">
<link rel="stylesheet" href="/docs/static/index.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/static/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** `validatorUrl: null` keeps it from sending the document to a validator on another host. */
const start = `SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
});
`;

/** `/openapi.json` and its viewer at `/docs`: open to everybody, as they tell nothing of anybody. */
export async function registerDocumentation(
  app: FastifyInstance,
  endpoints: readonly Endpoint[],
  base: string,
  limits: RestLimits,
): Promise<void> {
  let document: string | undefined;
  app.get("/openapi.json", (_request, reply) => {
    // Made for the first who asks: a start need not wait for it.
    document ??= JSON.stringify(openApiDocument(endpoints, base, limits));
    return reply.type("application/json; charset=utf-8").send(document);
  });
  app.get("/docs", (_request, reply) =>
    reply
      .type("text/html; charset=utf-8")
      .headers({ "content-security-policy": CONTENT_SECURITY_POLICY, "cross-origin-opener-policy": "same-origin" })
      .send(page),
  );
  app.get("/docs/", (_request, reply) => reply.redirect("/docs"));
  app.get("/docs/start.js", (_request, reply) => reply.type("text/javascript; charset=utf-8").send(start));
  await app.register(fastifyStatic, {
    root: viewerFiles,
    prefix: "/docs/static/",
    decorateReply: false,
    index: false,
    allowedPath: (path) => servedFiles.test(path),
    maxAge: "1d",
  });
}
