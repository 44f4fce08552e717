import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GatewayUnderTest, gatewayUnderTest } from "../rest/gateway-under-test.js";
import { expectNothingRevealed, growthDuring } from "./judge.js";
import { bothOrganizations, from, idsOf, to, tokens } from "./two-organizations.js";

/** A body costs what has arrived of it, up to a limit: neither what a header claims nor what it would unpack to. */
const MB = 1024 * 1024;
let under: GatewayUnderTest;
beforeAll(async () => {
  // Packing the bombs keeps this process busy, for which the gateway would turn requests away.
  under = await gatewayUnderTest({ MAX_EVENT_LOOP_DELAY_MS: "600000" });
  await under.load(bothOrganizations());
});
afterAll(() => under[Symbol.asyncDispose]());

const window = `start_date=${from}&end_date=${to}`;
const targets = [
  "POST /graphql",
  "POST /restapi/v2/organizations",
  `GET /restapi/v2/organizations/${idsOf("acme").organization}/clean_expenses?${window}`,
  "POST /nowhere",
];

/** Sends a head, and chunks while the other side takes them; resolves with all that came back. */
async function sent(target: string, headers: readonly string[], chunks: Iterable<Buffer> = []): Promise<string> {
  const socket = connect(Number(new URL(under.url).port), "127.0.0.1");
  // Who refuses a body may hang up in the middle of it.
  socket.on("error", () => undefined);
  const answer = text(socket).catch(() => "");
  const head = [
    `${target} HTTP/1.1`,
    "host: x",
    `authorization: Bearer ${tokens.acme}`,
    "connection: close",
    ...headers,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  for (const chunk of chunks) {
    if (socket.destroyed || !socket.writable) break;
    if (!socket.write(chunk)) await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => undefined);
  }
  return answer;
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

test.each(targets)(
  "%s: a length that is claimed and never sent is refused by the claim, or takes no memory",
  async (target) => {
    const claims = [MB + 1, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER];
    const growth = await growthDuring(async () => {
      for (let round = 0; round < 3; round++) {
        await Promise.all(
          claims.map(async (claim) => {
            const answer = await sent(
              target,
              ["content-type: application/json", `content-length: ${claim}`],
              [Buffer.from('{"query":"')],
            );
            expect(statusOf(answer), answer).toBeLessThan(500);
            if (target === "POST /graphql") expect(statusOf(answer), answer).toBe(413);
            expectNothingRevealed(answer);
          }),
        );
      }
    });
    // The claims together are more than any machine has; what is answered in the meantime takes some.
    expect(growth).toBeLessThan(128 * MB);
  },
);

test.each(targets)("%s: a body without end is cut off", async (target) => {
  function* endless() {
    const chunk = Buffer.from(`10000\r\n${"x".repeat(65_536)}\r\n`);
    for (let index = 0; index < 8_000; index++) yield chunk;
    yield Buffer.from("0\r\n\r\n");
  }
  const growth = await growthDuring(async () => {
    const answer = await sent(target, ["content-type: application/json", "transfer-encoding: chunked"], endless());
    if (answer !== "") expect(statusOf(answer), answer).toBeLessThan(500);
    if (target === "POST /graphql" && answer !== "") expect(statusOf(answer), answer).toBe(413);
    expectNothingRevealed(answer);
  });
  // Half a gigabyte was offered.
  expect(growth).toBeLessThan(128 * MB);
});

test.each([
  ["gzip", gzipSync],
  ["br", (bytes: Buffer) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
] as const)("a %s bomb is refused and never unpacked", async (encoding, compress) => {
  const bomb = compress(Buffer.from(`{"query":"{ viewer { kind } } #${"x".repeat(300 * MB)}"}`));
  expect(bomb.length).toBeLessThan(MB);
  for (const target of targets) {
    const growth = await growthDuring(async () => {
      const answer = await sent(
        target,
        ["content-type: application/json", `content-encoding: ${encoding}`, `content-length: ${bomb.length}`],
        [bomb],
      );
      expect(statusOf(answer), answer).toBeLessThan(500);
      if (target === "POST /graphql") expect([400, 415]).toContain(statusOf(answer));
      expectNothingRevealed(answer);
    });
    expect(growth, target).toBeLessThan(128 * MB);
  }
});

test("a head that is too long is refused before anybody is asked", async () => {
  const answer = await sent("GET /restapi/v2/organizations", [`x-filler: ${"x".repeat(70_000)}`]);
  expect(statusOf(answer)).toBe(431);
  expectNothingRevealed(answer);
});

test("after all that, a request is answered as ever", async () => {
  const response = await fetch(`${under.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${tokens.acme}` },
    body: JSON.stringify({ query: "{ viewer { organizations { name } } }" }),
  });
  expect(await response.json()).toEqual({
    data: { viewer: { organizations: [{ name: "acme-marker organization" }] } },
  });
});
