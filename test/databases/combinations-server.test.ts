import { afterAll } from "vitest";
import { type ClickHouseOverHttp, clickHouseOverHttp } from "../clickhouse-over-http.js";
import { everyCombination } from "./combinations.js";

let server: Promise<ClickHouseOverHttp> | undefined;
afterAll(async () => (await server)?.[Symbol.asyncDispose]());

everyCombination(
  "a ClickHouse server (the engine in this process behind a front that speaks its protocol)",
  async () => {
    server ??= clickHouseOverHttp();
    return (await server).url;
  },
);
