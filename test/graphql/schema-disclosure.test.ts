import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { links } from "../../src/cli/welcome.js";
import { loadConfig } from "../../src/config.js";
import { gatewayInFrontOf } from "../optscale/in-front.js";
import { envelope, json, misbehaving } from "../optscale/misbehaving.js";
import { ACME, EXPIRED_TOKEN, SECRET } from "./support/acme.js";
import { bearer, type GraphQLBody, startTestGateway, type TestGateway } from "./support/gateway.js";

const typo = `{ cleanExpenses(organizationId: "${ACME}", startDate: 0, endDate: 1) { totalCots } }`;
const typoInVariables =
  "query ($by: BreakdownDimension!) { cleanExpenses(organizationId: 1, startDate: 0, endDate: 1) { breakdown(by: $by) { total } } }";
const questions = [
  "{ __schema { queryType { name } } }",
  '{ __type(name: "Query") { name } }',
  "query { viewer { kind } ...A } fragment A on Query { ... { meta: __schema { queryType { name } } } }",
];
const code = ({ errors }: GraphQLBody) => errors?.[0]?.extensions.code;
const nobody = {};

describe("in production", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ environment: { NODE_ENV: "production" } });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  test("the schema is told to callers with credentials alone, however often it is asked for", async () => {
    // Later rounds go the short path.
    for (let round = 0; round < 4; round++) {
      for (const question of questions) {
        expect(code(await gateway.ask(question, {}, nobody)), question).toBe("UNAUTHENTICATED");
        expect(code(await gateway.ask(question, {}, bearer(EXPIRED_TOKEN))), question).toBe("UNAUTHENTICATED");
        expect((await gateway.ask(question)).errors, question).toBeUndefined();
        expect((await gateway.ask(question, {}, { secret: SECRET })).errors, question).toBeUndefined();
      }
      expect((await gateway.ask(getIntrospectionQuery())).errors).toBeUndefined();
      expect(await gateway.ask("{ __typename }", {}, nobody)).toEqual({ data: { __typename: "Query" } });
    }
  });

  test("nobody is told which name they may have meant", async () => {
    expect((await gateway.ask(typo)).errors?.[0]?.message).toBe(
      'Cannot query field "totalCots" on type "CleanExpenses".',
    );
    const { errors } = await gateway.ask(typoInVariables, { by: "REGIONS" });
    expect(errors?.[0]?.message).toBe(
      'Variable "$by" got invalid value "REGIONS"; Value "REGIONS" does not exist in "BreakdownDimension" enum.',
    );
  });

  test("GraphiQL is not served, and nobody is led there", async () => {
    expect((await fetch(`${gateway.url}/graphiql`)).status).toBe(404);
    const response = await fetch(`${gateway.url}/graphql`, { headers: { accept: "text/html" }, redirect: "manual" });
    expect(response.status).toBe(400);
  });
});

test("in production GraphiQL and introspection for everybody are there where they are asked for", async () => {
  await using gateway = await startTestGateway({
    environment: { NODE_ENV: "production", INTROSPECTION: "true", GRAPHIQL: "true" },
  });
  expect((await gateway.ask(questions[0] as string, {}, nobody)).errors).toBeUndefined();
  expect((await gateway.ask(typo)).errors?.[0]?.message).toContain('Did you mean "totalCost"');
  expect((await fetch(`${gateway.url}/graphiql`)).status).toBe(200);
});

test("elsewhere both are there, and both can be switched off for everybody", async () => {
  {
    await using open = await startTestGateway();
    expect((await open.ask(questions[0] as string, {}, nobody)).errors).toBeUndefined();
    expect((await open.ask(typoInVariables, { by: "REGIONS" })).errors?.[0]?.message).toContain("Did you mean");
    expect((await fetch(`${open.url}/graphiql`)).status).toBe(200);
  }
  await using closed = await startTestGateway({ environment: { INTROSPECTION: "false", GRAPHIQL: "false" } });
  for (let round = 0; round < 4; round++) {
    for (const question of questions) expect(code(await closed.ask(question))).toBe("INTROSPECTION_DISABLED");
  }
  expect((await closed.ask(typo)).errors?.[0]?.message).not.toContain("Did you mean");
  expect((await fetch(`${closed.url}/graphiql`)).status).toBe(404);
});

test("in front of an OptScale a token is taken for one only where OptScale knows it", async () => {
  await using optScale = await misbehaving((request, response) => {
    const known = request.headers.authorization === "Bearer tok-known";
    if (known) json(response, 200, { organizations: [] });
    else json(response, 401, envelope(401, "OE0235", "Unauthorized"));
  });
  await using front = await gatewayInFrontOf(optScale.url, { NODE_ENV: "production" });
  const ask = async (token: string) => {
    const response = await fetch(`${front.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...bearer(token) },
      body: JSON.stringify({ query: questions[0] }),
    });
    return (await response.json()) as GraphQLBody;
  };
  expect(code(await ask("tok-invented"))).toBe("UNAUTHENTICATED");
  expect((await ask("tok-known")).errors).toBeUndefined();
});

test("the start prints a link to GraphiQL only where it is served", () => {
  const printed = (environment: Record<string, string>) => links("http://127.0.0.1:1", loadConfig(environment), "tok");
  expect(printed({})).toContain("http://127.0.0.1:1/graphiql#token=tok");
  expect(printed({ NODE_ENV: "production" })).not.toContain("graphiql");
  expect(printed({ NODE_ENV: "production" })).toContain("http://127.0.0.1:1/#token=tok");
  expect(printed({ NODE_ENV: "production", GRAPHIQL: "true" })).toContain("/graphiql");
  expect(printed({ GRAPHIQL: "false" })).not.toContain("graphiql");
});
