import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  // Vite would take graphql's ES module where Node takes the other, and graphql must not be there twice.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve("graphql")) }] },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/temporary-files.ts",
    // One process a file: the embedded ClickHouse serves one data directory a process.
    pool: "forks",
    // Of two cores a third worker uses what the others leave while they wait for processes and clocks.
    maxWorkers: 3,
    // Where a change is judged, a test that a busy machine upset is run once more and reported as "(retry x1)":
    // look into each of these. At a developer's desk it fails at once.
    retry: process.env.CI ? 1 : 0,
    // Only so that a hanging test ends: nothing here is about time, and a busy machine is slow.
    testTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    hookTimeout: 180_000,
  },
});
