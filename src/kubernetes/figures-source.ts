import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { resolve } from "node:path";
import type { Config } from "../config.js";

type Upstreams = Partial<Pick<Config, "METROCULUS_URL" | "THANOS_URL" | "CLICKHOUSE_URL" | "DATA_DIR">>;

/**
 * A short name for where figures come from: the Metroculus, or what the built-in one reads. Two gateways that have the
 * same name for theirs may use each other's figures. Users and passwords are not part of it: another user of the same
 * store reads the same.
 */
export function figuresSource({ METROCULUS_URL, THANOS_URL, CLICKHOUSE_URL, DATA_DIR }: Upstreams): string {
  const address = METROCULUS_URL ?? THANOS_URL ?? CLICKHOUSE_URL;
  // Ids of accounts in an embedded store need not be this machine's alone: the demo's are everywhere the same.
  const place = address === undefined ? `${hostname()}:${resolve(DATA_DIR ?? ".")}` : withoutUser(address);
  const kind = METROCULUS_URL === undefined ? "built-in" : "metroculus";
  return createHash("sha256").update(`${kind} ${place}`).digest("hex").slice(0, 12);
}

function withoutUser(address: string): string {
  const url = new URL(address);
  url.username = "";
  url.password = "";
  url.hash = "";
  return url.href.replace(/\/+$/, "");
}
