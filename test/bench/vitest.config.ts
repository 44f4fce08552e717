import { defineConfig } from "vitest/config";
import common from "../vitest.config.js";

/** One benchmark after the other: what runs beside it would be measured, too. */
export default defineConfig({
  ...common,
  test: {
    ...common.test,
    include: ["test/bench/**/*.bench.ts"],
    globalSetup: "test/bench/table.ts",
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
