import fc from "fast-check";
import { expect, test } from "vitest";
import { type KnownSeries, KnownSeriesCache } from "../../src/metroculus/known-series.js";

const names = ["n1", "n2", "n3", "n4"];

/** Sends a message of one series a node, as the cache meets it, and gives for each the node that it was taken for. */
function send(cache: KnownSeriesCache, cloudAccountId: string, nodes: readonly string[]): KnownSeries[] {
  let before: KnownSeries | undefined;
  return nodes.map((node) => {
    const labels = () => [["__name__", "node_cpu_hourly_cost"] as const, ["node", node] as const];
    before = cache.resolve(cloudAccountId, Buffer.from(node), labels, before);
    return before;
  });
}

test("in whatever order series come, each is taken for itself, of the account that it was sent for", () => {
  const message = fc.record({
    account: fc.constantFrom("east", "west"),
    nodes: fc.array(fc.constantFrom(...names), { maxLength: 8 }),
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
      const cache = new KnownSeriesCache();
      for (const { account, nodes } of messages) {
        const rows = send(cache, account, nodes).map(({ row }) => [row?.cloud_account_id, row?.labels.node]);
        expect(rows).toEqual(nodes.map((node) => [account, node]));
      }
    }),
  );
});

test("labels are decoded once, whether a series is the expected one or not", () => {
  const cache = new KnownSeriesCache();
  const first = send(cache, "east", names);
  expect(send(cache, "east", names)).toEqual(first);
  const undecodable = () => {
    throw new Error("decoded again");
  };
  expect(cache.resolve("east", Buffer.from("n2"), undecodable, first[0])).toBe(first[1]);
  expect(cache.resolve("east", Buffer.from("n4"), undecodable, first[0])).toBe(first[3]);
});

test("a series keeps its labels when the message that brought it is overwritten", () => {
  const cache = new KnownSeriesCache();
  const [first, second] = send(cache, "east", ["n1", "n2"]);
  const bytes = Buffer.from("n2");
  const made = cache.resolve("west", bytes, () => [["__name__", "node_cpu_hourly_cost"]], undefined);
  bytes.fill(0);
  expect(cache.resolve("west", Buffer.from("n2"), () => [], undefined)).toBe(made);
  expect(cache.resolve("east", Buffer.from("n2"), () => [], first)).toBe(second);
});
