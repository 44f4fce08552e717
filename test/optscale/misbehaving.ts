import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

export interface Misbehaving extends AsyncDisposable {
  readonly url: string;
  /** Method, path and headers of each request so far. */
  readonly requests: {
    readonly method: string;
    readonly target: string;
    readonly headers: IncomingMessage["headers"];
  }[];
  behave(behaviour: Behaviour): void;
}

/** Another service that answers as a test wants it to, on a port of its own. */
export async function misbehaving(behaviour: Behaviour = () => {}): Promise<Misbehaving> {
  let current = behaviour;
  const requests: Misbehaving["requests"] = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? "", target: request.url ?? "", headers: request.headers });
    current(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    behave(next) {
      current = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": 'application/json; charset="utf-8"' }).end(JSON.stringify(body));
}

export function envelope(status_code: number, error_code: string, reason: string, params: unknown[] = []) {
  return { error: { status_code, error_code, reason, params } };
}
