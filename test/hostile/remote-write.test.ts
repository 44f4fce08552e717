import fc from "fast-check";
import { compressSync } from "snappy";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type WrittenSeries, writeRequest } from "../metroculus/remote-write.js";
import { RunningMetroculus } from "../metroculus/running-metroculus.js";
import { cases, expectNothingRevealed, growthDuring, mutated, Tally } from "./judge.js";

/** Whoever holds a cluster's credentials may send anything: it is stored, or refused as theirs, and costs us no more than it is worth. */
const tally = new Tally("remote_write bodies");
let metroculus: RunningMetroculus;
let account: string;
beforeAll(async () => {
  metroculus = await RunningMetroculus.start();
  account = await metroculus.cluster();
});
afterAll(async () => {
  tally.tell();
  await metroculus[Symbol.asyncDispose]();
});

const time = 1_759_449_600_000;
const valid: readonly WrittenSeries[] = [
  {
    labels: { __name__: "node_total_hourly_cost", node: "node-1", provider_id: "aws:///eu-central-1a/i-0acme" },
    samples: [
      [time, 0.5],
      [time + 60_000, 0.25],
    ],
  },
  {
    labels: { __name__: "cloudtuner_kubecost_namespace_total_cost", namespace: "web", cluster: "a" },
    samples: [[time, Number.NaN]],
  },
];
const message = writeRequest(valid);

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(
    "",
    "__name__",
    "node_total_hourly_cost",
    "namespace",
    "'; DROP TABLE k8s_samples; --",
    "a\tb\nc\\N",
    "\u0000",
  ),
);
const series = fc.record({
  labels: fc.dictionary(text, text, { maxKeys: 6 }),
  samples: fc.array(
    fc.tuple(
      fc.oneof(
        fc.integer({ min: 0, max: 4_000_000_000_000 }),
        fc.constantFrom(time, 0, 2 ** 53 - 1, 946_684_800_000, Date.now()),
      ),
      fc.double(),
    ),
    { maxLength: 4 },
  ),
});

/** A varint that claims something. */
function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    if (rest <= 0x7fn) return Buffer.from(bytes);
  }
}

const body = fc.oneof(
  { weight: 3, arbitrary: mutated(message).map((bytes) => compressSync(bytes)) },
  { weight: 2, arbitrary: mutated(compressSync(message)) },
  { weight: 2, arbitrary: fc.array(series, { maxLength: 4 }).map((all) => compressSync(writeRequest(all))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => compressSync(Buffer.from(bytes))) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.bigInt({ min: 0n, max: 2n ** 64n }), fc.uint8Array({ maxLength: 60 }))
      .map(([claim, rest]) => Buffer.concat([varint(claim), rest])),
  },
);

test("whatever the body: stored, or a fault of the sender's in one line, and never a word of ours", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(body, { minLength: 8, maxLength: 8 }), async (bodies) => {
      await Promise.all(
        bodies.map(async (bytes) => {
          const answer = await metroculus.post(account, bytes);
          tally.count(answer.statusCode);
          expect([204, 400, 413]).toContain(answer.statusCode);
          if (answer.statusCode !== 204) expect(answer.body).toMatch(/^[^\n]+\.\n$/);
          expectNothingRevealed(answer.body);
        }),
      );
    }),
    cases(400),
  );
  // Both sides of the line were walked on.
  expect(tally.of(204)).toBeGreaterThan(100);
  expect(tally.of(400)).toBeGreaterThan(500);
});

test("after all that, a good write is stored and read as ever", async () => {
  const other = await metroculus.cluster();
  await metroculus.write(other, valid);
  const rows = await metroculus.stores.clickHouse.query<{ count: number }>(
    "SELECT toUInt32(count()) AS count FROM k8s_samples WHERE cloud_account_id = {other:String}",
    { other },
  );
  expect(rows).toEqual([{ count: 3 }]);
});

const MB = 1024 * 1024;

test("a block that claims gigabytes is refused by its claim, and no memory grows with it", async () => {
  const claims = [32 * MB + 1, 2 ** 31 - 1, 2 ** 32 - 1, 2 ** 32, 2 ** 35 - 1];
  const growth = await growthDuring(async () => {
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        claims.map(async (claim) => {
          const answer = await metroculus.post(account, Buffer.concat([varint(BigInt(claim)), Buffer.alloc(64, 0xfe)]));
          expect([400, 413]).toContain(answer.statusCode);
        }),
      );
    }
  });
  // The smallest of the claims is 32 MB, and together they are over 1,000 GB.
  expect(growth).toBeLessThan(64 * MB);
});

test("a bomb that keeps its claim is refused before it is unpacked", async () => {
  const bomb = compressSync(Buffer.alloc(200 * MB));
  expect(bomb.length).toBeLessThan(16 * MB);
  const growth = await growthDuring(async () => {
    for (let round = 0; round < 3; round++) expect((await metroculus.post(account, bomb)).statusCode).toBe(413);
  });
  expect(growth).toBeLessThan(150 * MB);
});

test("a claim below the limit that the bytes do not keep costs no more than the claim", async () => {
  for (const claim of [1, 100, 31 * MB]) {
    const answer = await metroculus.post(account, Buffer.concat([varint(BigInt(claim)), Buffer.from([0])]));
    expect(answer.statusCode).toBe(400);
  }
});

test("lengths inside of a message claim what they like: it is refused as cut off", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.bigInt({ min: 40n, max: 2n ** 64n - 1n }),
      fc.constantFrom(0x0a, 0x12, 0x1a, 0x0a0a),
      fc.uint8Array({ maxLength: 30 }),
      async (length, tag, rest) => {
        const bytes = Buffer.concat([Buffer.from([tag & 0xff]), varint(length), rest]);
        const answer = await metroculus.post(account, compressSync(bytes));
        tally.count(answer.statusCode);
        expect(answer.statusCode).toBe(400);
      },
    ),
    cases(300),
  );
});
