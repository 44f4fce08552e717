import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const LISTENS_AND_STANDS_STILL = `
  require("node:net").createServer().listen({ port: process.argv[1], host: "127.0.0.1", backlog: 1 }, () => {
    require("node:fs").writeSync(1, "listens\\n");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** Makes connections to a free port hang before they stand, as behind a firewall that drops packets, until disposed of. */
export async function deafPort(port: number): Promise<AsyncDisposable> {
  const child = spawn(process.execPath, ["--eval", LISTENS_AND_STANDS_STILL, String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const sockets: Socket[] = [];
  const hangsUp = async () => {
    for (const socket of sockets) socket.destroy();
    child.kill("SIGKILL");
    await exited;
  };
  await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    exited.then(() => Promise.reject(new Error("It ended without listening."))),
  ]);
  // The kernel takes some connections for it, until there are too many that nobody has looked at.
  for (let hangs = false; !hangs; ) {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    sockets.push(socket);
    hangs = await Promise.race([once(socket, "connect").then(() => false), sleep(300, true)]);
  }
  return { [Symbol.asyncDispose]: hangsUp };
}
