import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordedCall {
  readonly endpoint: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
}

/** How this stand-in for somebody else's Metroculus behaves: a body to answer with, or what to do to the connection. */
export type Behaviour = (
  call: RecordedCall,
  response: ServerResponse,
  request: IncomingMessage,
) => void | Promise<void>;

export interface RemoteMetroculus extends AsyncDisposable {
  readonly url: string;
  readonly calls: RecordedCall[];
  behave(behaviour: Behaviour): void;
}

/** A remote Metroculus that can misbehave, on a port of its own. */
export async function remoteMetroculus(behaviour: Behaviour = answer({})): Promise<RemoteMetroculus> {
  let current = behaviour;
  const calls: RecordedCall[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://metroculus");
    const call = { endpoint: pathname, query: searchParams, headers: request.headers };
    calls.push(call);
    void current(call, response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    behave(next) {
      current = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function answer(body: unknown, statusCode = 200): Behaviour {
  return text(JSON.stringify(body), statusCode, 'application/json; charset="utf-8"');
}

export function text(body: string, statusCode = 200, contentType = "text/html"): Behaviour {
  return (_call, response) => {
    response.writeHead(statusCode, { "content-type": contentType }).end(body);
  };
}

export const hang: Behaviour = () => {};

export const reset: Behaviour = (_call, _response, request) => {
  request.socket.resetAndDestroy();
};

/** The envelope in which Metroculus answers errors. */
export function refusal(statusCode: number, code: string, reason: string): Behaviour {
  return answer({ error: { status_code: statusCode, error_code: code, reason, params: [] } }, statusCode);
}
