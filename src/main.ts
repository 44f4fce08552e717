#!/usr/bin/env node
// Apart from what it runs, so that src/pack.js finds all that is to be packed behind one import.
const { run } = await import("./cli/run.js");
await run();

export {};
