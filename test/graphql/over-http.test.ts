import { serverAudits } from "graphql-http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "./support/gateway.js";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe("GraphQL over HTTP, by the audits of the specification's own people", () => {
  // The address is known only when the gateway listens; the audits want it earlier.
  const audits = serverAudits({
    url: "http://gateway/graphql",
    fetchFn: (url: string, init?: RequestInit) =>
      fetch(url.replace("http://gateway", gateway.url), {
        ...init,
        // What a browser could not send across sites without asking first: see csrfPrevention.
        headers: { ...(init?.headers as Record<string, string>), "apollo-require-preflight": "true" },
      }),
  });
  test.each(audits.map((audit) => [`${audit.id} ${audit.name}`, audit] as const))("%s", async (_name, audit) => {
    const result = await audit.fn();
    expect(result, result.status === "ok" ? "" : result.reason).toMatchObject({ status: "ok" });
  });
});

test("a browser that opens the address is led to GraphiQL", async () => {
  const response = await fetch(`${gateway.url}/graphql`, { headers: { accept: "text/html,*/*" }, redirect: "manual" });
  expect(response.status).toBe(303);
  expect(response.headers.get("location")).toBe("/graphiql");
});
