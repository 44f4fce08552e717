import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";

const found = (name: string) =>
  [...(process.env.PATH ?? "").split(":"), "/usr/bin", "/usr/local/bin"]
    .map((path) => join(path, name))
    .find((path) => existsSync(path));

const INSTALL = "not installed: apt-get install prometheus";

/** Tests that need a Prometheus are left out where there is none, except where CI=true. */
export const skipPrometheus = found("prometheus") === undefined && process.env.CI !== "true";

export function prometheusTitle(title: string): string {
  return skipPrometheus ? `${title} (skipped, ${INSTALL})` : title;
}

export const prometheusBinary = () => required("prometheus");
export const promtool = () => required("promtool");

function required(name: string): string {
  const path = found(name);
  if (path === undefined) throw new Error(`${name} is ${INSTALL}`);
  return path;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
