import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface StandIn extends AsyncDisposable {
  readonly url: string;
  /** Path and query of each request for cluster costs so far. */
  readonly costRequests: string[];
  /** What the newer endpoints answer, by their path; 404 where there is nothing, as older ones do. */
  readonly extras: Map<string, (cloudAccountId: string) => object | undefined>;
  /** Takes over the answers until it is set to undefined again. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
}

/** A remote Metroculus as it is in the field: cluster costs in the summary form, each the same for any window. */
export async function startMetroculus(costs: Readonly<Record<string, number>>): Promise<StandIn> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://metroculus");
    const json = (status: number, body: object) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const cloud_account_id = searchParams.get("cloud_account_id") ?? "";
    if (pathname !== "/metroculus/v2/kubecost_cluster_costs") {
      const extra = standIn.extras.get(pathname)?.(cloud_account_id);
      json(extra ? 200 : 404, extra ?? {});
      return;
    }
    standIn.costRequests.push(request.url as string);
    if (standIn.answer) return standIn.answer(request, response);
    const total = costs[cloud_account_id] ?? 0;
    json(200, {
      cloud_account_id,
      start_date: Number(searchParams.get("start_date")),
      end_date: Number(searchParams.get("end_date")),
      summary: {
        total_cost: total,
        management_cost: 0,
        cpu_cost: total / 2,
        ram_cost: total / 2,
        pv_cost: 0,
        network_cost: 0,
        load_balancer_cost: 0,
      },
      metrics: [],
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const standIn: StandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    costRequests: [],
    extras: new Map(),
    answer: undefined,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return standIn;
}
