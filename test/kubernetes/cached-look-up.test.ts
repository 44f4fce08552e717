import { expect, test } from "vitest";
import { CachedLookUp, MOST_REMEMBERED } from "../../src/kubernetes/cached-look-up.js";
import { settled } from "./service-under-test.js";

/** A look-up that counts what it reads; a cluster's answer is good unless its name says otherwise. */
function counting() {
  const read: string[] = [];
  const lookUp = new CachedLookUp<{ readonly isGood: boolean }>({
    name: "cost",
    read: async ({ cloudAccountId }) => {
      read.push(cloudAccountId);
      return { isGood: !cloudAccountId.startsWith("bad") };
    },
    isGood: ({ isGood }) => isGood,
    isWhole: () => true,
    shared: null,
    budgetMs: 1_000,
    now: () => 1_760_000_000,
    observe: () => {},
  });
  const { signal } = new AbortController();
  return { read, get: (cloudAccountId: string) => lookUp.get({ cloudAccountId, window: settled }, signal) };
}

test.each(["good", "bad"])("however many clusters have %s answers, memory holds so many and no more", async (kind) => {
  const { read, get } = counting();
  for (let index = 0; index <= MOST_REMEMBERED; index++) await get(`${kind}-${index}`);
  await get(`${kind}-1`);
  await get(`${kind}-${MOST_REMEMBERED}`);
  expect(read).toHaveLength(MOST_REMEMBERED + 1);
  await get(`${kind}-0`);
  expect(read.at(-1)).toBe(`${kind}-0`);
});
