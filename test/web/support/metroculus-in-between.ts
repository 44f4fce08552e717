import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands between the gateway and its Metroculus, and can stop answering, which the real one cannot be told to. */
export class MetroculusInBetween implements AsyncDisposable {
  /** Where the real one is; known only after the gateway has started. */
  target = "";
  isDown = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<MetroculusInBetween> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const between = new MetroculusInBetween(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("request", (request, response) => {
      if (between.isDown) {
        // What an ingress in front of it answers then: a page, not JSON.
        response.writeHead(503, { "content-type": "text/html" }).end("<h1>503 Service Temporarily Unavailable</h1>");
        return;
      }
      fetch(between.target + request.url, { headers: { secret: String(request.headers.secret ?? "") } })
        .then(async (answer) => {
          const body = Buffer.from(await answer.arrayBuffer());
          response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" }).end(body);
        })
        .catch(() => response.destroy());
    });
    return between;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
