import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

export interface RunningRedis extends AsyncDisposable {
  readonly url: string;
  /** Holds it still, as a machine without memory would be; `false` lets it go on. */
  freeze(frozen: boolean): void;
}

export interface RedisOptions {
  readonly port?: number;
  /** PEM files with which it speaks TLS, and nothing else. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** A real Redis on a port of its own. */
export async function redis({ port, tls }: RedisOptions = {}): Promise<RunningRedis> {
  const directory = await mkdtemp(join(tmpdir(), "gateway-redis-"));
  const at = port ?? (await freePort());
  const listening =
    tls === undefined
      ? ["--port", String(at)]
      : [
          ...["--port", "0", "--tls-port", String(at), "--tls-auth-clients", "no"],
          ...["--tls-cert-file", tls.certificate, "--tls-key-file", tls.key],
        ];
  const server = spawn("redis-server", [...listening, "--bind", "127.0.0.1", "--save", "", "--dir", directory]);
  await ready(server);
  return {
    url: `${tls === undefined ? "redis" : "rediss"}://127.0.0.1:${at}`,
    freeze: (frozen) => void server.kill(frozen ? "SIGSTOP" : "SIGCONT"),
    async [Symbol.asyncDispose]() {
      if (server.exitCode === null && server.signalCode === null) {
        server.kill("SIGKILL");
        await once(server, "exit");
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

async function ready({ stdout }: ChildProcess): Promise<void> {
  for await (const chunk of stdout as AsyncIterable<Buffer>) {
    if (chunk.toString().includes("Ready to accept connections")) break;
  }
  stdout?.resume();
}
