import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const compress = promisify(gzip);

/** Writes `x.gz` beside every file worth it, so that the gateway sends bytes from the disk and compresses nothing. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async writeBundle({ dir }, bundle) {
      await Promise.all(
        Object.keys(bundle)
          .filter((name) => /\.(js|css|html|svg)$/.test(name))
          .map(async (name) => {
            const path = join(dir as string, name);
            await writeFile(`${path}.gz`, await compress(await readFile(path), { level: 9 }));
          }),
      );
    },
  };
}

/** Writes down what the dashboard asks, for gateways that execute only listed documents. */
function documents(): Plugin {
  return {
    name: "documents",
    apply: "build",
    async generateBundle() {
      const generated = await readFile(join(import.meta.dirname, "generated/graphql.ts"), "utf8");
      const texts = [...generated.matchAll(/Document = [^`]*TypedDocumentString\(`([^`]*)`/g)].map(([, text]) => text);
      this.emitFile({ type: "asset", fileName: "documents.json", source: JSON.stringify(texts) });
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [react(), documents(), compressed()],
  build: {
    outDir: resolve(import.meta.dirname, "../../../dist/web/public"),
    emptyOutDir: true,
    // The first of each that know light-dark(), which the colors are written with.
    target: ["chrome123", "firefox120", "safari17.5"],
    // Inlined files would need `data:` in places where the content security policy does not allow it.
    assetsInlineLimit: 0,
    // The editor of GraphiQL is large, and only loaded there; the dashboard's own budget is held by a test.
    chunkSizeWarningLimit: 5_000,
    reportCompressedSize: false,
    rollupOptions: {
      onwarn: (warning, warn) => {
        // A hint from a dependency to its own compiler; it has done its work before the package was published.
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
      input: {
        dashboard: resolve(import.meta.dirname, "index.html"),
        graphiql: resolve(import.meta.dirname, "graphiql.html"),
      },
    },
  },
  worker: { format: "es" },
});
