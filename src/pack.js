// Packs what the compiler made of src/main.ts, and the packages that it needs, into few files: Node would look for and
// read some 1,600 otherwise, and load much that nothing asks for. dist/main.js is replaced by what it is packed to.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "vite";

const dist = resolve(import.meta.dirname, "../dist");

/** What has compiled parts of its own, or is loaded by few and then for long: it stays where it is installed. */
const external = ["@redis/client", "chdb", "libsql", "mariadb", "snappy"];

/** What we use of undici, which as a whole brings a browser's fetch, WebSocket and caches. */
const undici = {
  name: "undici-in-part",
  enforce: "pre",
  resolveId: (source) => (source === "undici" ? "\0undici" : null),
  load: (id) =>
    id === "\0undici"
      ? `import api from "undici/lib/api/index.js";
         import errors from "undici/lib/core/errors.js";
         import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
         import Pool from "undici/lib/dispatcher/pool.js";
         Object.assign(Dispatcher.prototype, api);
         export { errors, Pool };`
      : null,
};

/** graphql-js must be there once, whether it is asked for as a whole or in part, by `import` or by `require`. */
const oneGraphQL = {
  name: "one-graphql",
  enforce: "pre",
  async resolveId(source, importer, options) {
    if (!/^graphql(\/|$)/.test(source)) return null;
    const found = await this.resolve(source, importer, { ...options, skipSelf: true });
    const asModule = found?.id.replace(/\.js$/, ".mjs");
    return asModule !== undefined && existsSync(asModule) ? asModule : found;
  },
};

/**
 * Prisma ships its query compiler as text of a module: two megabytes to read, to keep and to decode. Here it becomes a
 * file of its own bytes.
 */
const compilerAsFile = {
  name: "compiler-as-file",
  enforce: "pre",
  async load(id) {
    const name = /([\w.]+)\.wasm-base64\.m?js$/.exec(id)?.[1];
    if (name === undefined) return null;
    const { wasm } = await import(pathToFileURL(id).href);
    this.emitFile({ type: "asset", fileName: `packed/${name}.wasm`, source: Buffer.from(wasm, "base64") });
    return `import { readFileSync } from "node:fs";
            export const wasm = readFileSync(new URL("./${name}.wasm", import.meta.url));`;
  },
};

await build({
  configFile: false,
  root: resolve(dist, ".."),
  logLevel: "warn",
  plugins: [oneGraphQL, undici, compilerAsFile],
  resolve: {
    // Of the database's client, what opens files: the remote ones would bring WebSockets.
    alias: [{ find: /^@libsql\/client$/, replacement: "@libsql/client/sqlite3" }],
  },
  ssr: { noExternal: true, external, target: "node" },
  build: {
    ssr: resolve(dist, "main.js"),
    ssrEmitAssets: true,
    outDir: dist,
    emptyOutDir: false,
    copyPublicDir: false,
    target: "node20",
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      output: {
        // The packages' licences; what else they say of themselves would be read at each start.
        comments: { legal: true, annotation: false, jsdoc: false },
        entryFileNames: "main.js",
        // As deep as the rooms of src are, from which files beside dist are found.
        chunkFileNames: "packed/[name].js",
      },
    },
  },
});
