import { existsSync, readFileSync } from "node:fs";
import { resolve, sep } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from "fastify";

/** What Vite builds. The path is the same seen from `src/web` and from `dist/web`. */
const builtPages = resolve(import.meta.dirname, "../../dist/web/public");

/** Path -> file below the built pages. */
const pages = { "/": "index.html", "/graphiql": "graphiql.html" } as const;

/**
 * Nothing is loaded from, or sent to, another host, and no script runs that is not a file of ours. Styles may
 * be inline, because the editor and the components set theirs at run time.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** For the pages' scripts, too: a worker is held to the policy that came with its own file. */
const pageHeaders = {
  "content-security-policy": contentSecurityPolicy,
  "cross-origin-opener-policy": "same-origin",
} as const;

/** The documents that the dashboard asks, as they were built; none where the pages were never built. */
export function pageDocuments(directory: string = builtPages): readonly string[] {
  const file = resolve(directory, "documents.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as string[]) : [];
}

/** Files under assets/ carry a hash of their content in their name; all others are asked for again. */
function cacheControlOf(path: string): string {
  return path.includes(`${sep}assets${sep}`) ? "public, max-age=31536000, immutable" : "no-cache";
}

export interface PagesOptions {
  /** Where the built pages lie. */
  readonly directory?: string;
  readonly graphiql?: boolean;
}

/**
 * Serves the dashboard at `/` and GraphiQL at `/graphiql`, and tells at `/pages.json` whether there is GraphiQL. None
 * of it needs credentials: all that is worth protecting comes through the API.
 */
export async function registerPages(
  app: FastifyInstance,
  { directory = builtPages, graphiql = true }: PagesOptions = {},
): Promise<void> {
  const servePages: FastifyPluginAsync = async (scope) => {
    await scope.register(fastifyStatic, {
      root: directory,
      serve: false,
      preCompressed: true,
      cacheControl: false,
      setHeaders: (response, path) => response.setHeader("cache-control", cacheControlOf(path)),
    });
    for (const [path, file] of Object.entries(pages)) {
      if (path === "/graphiql" && !graphiql) continue;
      scope.get(path, async (_request, reply) => {
        reply.headers(pageHeaders);
        // Looked for at each request, so that a build beside a running gateway shows at once.
        return existsSync(resolve(directory, file)) ? reply.sendFile(file) : notBuilt(reply);
      });
    }
    // A page that asked for GraphiQL itself would leave an error in the browser's console where there is none.
    scope.get("/pages.json", async (_request, reply) => reply.header("cache-control", "no-cache").send({ graphiql }));
    for (const path of ["/assets/*", "/favicon.svg"]) {
      scope.get(path, async (request, reply) => {
        const name = decodeURIComponent(new URL(request.url, "http://gateway").pathname).slice(1);
        return reply.headers(pageHeaders).sendFile(name);
      });
    }
  };
  // A scope of its own, so that another part of the gateway may serve static files too.
  await app.register(servePages);
}

function notBuilt(reply: FastifyReply): FastifyReply {
  return reply
    .code(503)
    .header("cache-control", "no-store")
    .type("text/plain; charset=utf-8")
    .send("The web pages are not built yet: run `npm run build`, then reload. The API itself is running.\n");
}
