import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What can happen to one call on its way to Metroculus and back. */
export type Fault = (response: ServerResponse, body: Buffer) => void | Promise<void>;

const head = { "content-type": "application/json" };

export const faults = {
  slow: async (response, body) => {
    await sleep(300);
    response.writeHead(200, head).end(body);
  },
  hanging: () => {},
  resetting: (response) => {
    (response.socket as { resetAndDestroy(): void } | null)?.resetAndDestroy();
  },
  "half-answering and breaking off": (response, body) => {
    response.writeHead(200, { ...head, "content-length": body.length });
    response.write(body.subarray(0, body.length >> 1), () => response.destroy());
  },
  "half-answering and hanging": (response, body) => {
    response.writeHead(200, head).write(body.subarray(0, body.length >> 1));
  },
  "saying that its answer is shorter than it is": (response, body) => {
    response.strictContentLength = false;
    response.writeHead(200, { ...head, "content-length": body.length - 20 }).end(body);
  },
  "saying that its answer is longer than it is": (response, body) => {
    response.writeHead(200, { ...head, "content-length": body.length + 100 });
    response.write(body, () => response.destroy());
  },
  "saying that its answer takes a terabyte": (response, body) => {
    response.writeHead(200, { ...head, "content-length": 2 ** 40 }).write(body);
  },
  failing: (response) => {
    response.writeHead(503, { "content-type": "text/html" }).end("<h1>503 Service Temporarily Unavailable</h1>");
  },
} satisfies Record<string, Fault>;

/** Decides for each call which fault it meets, if any. */
export type Misfortune = (cloudAccountId: string) => Fault | undefined;

/** Stands between the gateway and a real Metroculus. */
export interface FaultyMetroculus extends AsyncDisposable {
  readonly url: string;
  misfortune: Misfortune;
  /** Calls so far, and those of them that met a fault. */
  readonly calls: { all: number; struck: number };
  /** Asks the real one and keeps what it says, so that only faults make a call slow. */
  learn(address: string): Promise<void>;
  /** Lets go of all connections, and refuses others until it listens again. */
  stop(): Promise<void>;
  listen(): Promise<void>;
}

export async function faultyMetroculus(target: string, secret: string): Promise<FaultyMetroculus> {
  const known = new Map<string, Promise<{ status: number; body: Buffer }>>();
  const ask = (address: string) => {
    const { pathname, searchParams } = new URL(address, target);
    searchParams.sort();
    const asked = `${pathname}?${searchParams}`;
    const answer =
      known.get(asked) ??
      fetch(target + asked, { headers: { secret } }).then(async (response) => ({
        status: response.status,
        body: Buffer.from(await response.arrayBuffer()),
      }));
    known.set(asked, answer);
    return answer;
  };
  const server: Server = createServer((request, response) => {
    const address = request.url ?? "/";
    const fault = between.misfortune(new URL(address, target).searchParams.get("cloud_account_id") ?? "");
    between.calls.all += 1;
    if (fault !== undefined) between.calls.struck += 1;
    response.on("error", () => {});
    ask(address)
      .then(({ status, body }) =>
        fault === undefined ? void response.writeHead(status, head).end(body) : fault(response, body),
      )
      .catch(() => response.destroy());
  });
  let port = 0;
  const listen = async () => {
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
  };
  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  await listen();
  const between: FaultyMetroculus = {
    url: `http://127.0.0.1:${port}`,
    misfortune: () => undefined,
    calls: { all: 0, struck: 0 },
    async learn(address) {
      const { status } = await ask(address);
      if (status !== 200) throw new Error(`Metroculus answered ${status}.`);
    },
    stop,
    listen,
    [Symbol.asyncDispose]: stop,
  };
  return between;
}
