import { runnerImport } from "vite";

// node test/typescript.js FILE…: runs a TypeScript file, which Node 20 does not do itself, in a process of its own.
await runnerImport(process.argv[2], { configFile: false, oxc: { target: "node20" } });
