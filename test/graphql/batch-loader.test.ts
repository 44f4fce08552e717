import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { batchLoader, loaderById, loaderByParent } from "../../src/graphql/batch-loader.js";

test("keys that become known some promises later still join the batch", async () => {
  const batches: string[][] = [];
  const loader = batchLoader<string, string>(async (keys) => {
    batches.push([...keys]);
    return keys;
  });
  const later = async (key: string, promises: number) => {
    for (let count = 0; count < promises; count++) await Promise.resolve();
    return loader.load(key);
  };
  await Promise.all([later("a", 0), later("b", 5), later("c", 40)]);
  expect(batches).toEqual([["a", "b", "c"]]);
});

test("a key that failed is asked for again, one that succeeded is not", async () => {
  let asked = 0;
  const loader = batchLoader<string, string>(async (keys) => {
    asked += 1;
    return keys.map((key) => (key === "bad" && asked === 1 ? new Error("not now") : key));
  });
  const [bad, good] = await Promise.allSettled([loader.load("bad"), loader.load("good")]);
  expect([bad.status, good.status]).toEqual(["rejected", "fulfilled"]);
  await nextTurn();
  expect(await loader.load("bad")).toBe("bad");
  expect(await loader.load("good")).toBe("good");
  expect(asked).toBe(2);
});

test("a batch that failed as a whole is asked for again", async () => {
  let asked = 0;
  const loader = batchLoader<string, string>(async (keys) => {
    asked += 1;
    if (asked === 1) throw new Error("the store is away");
    return keys;
  });
  await expect(loader.load("a")).rejects.toThrow("the store is away");
  expect(await loader.load("a")).toBe("a");
});

test("rows come back under their own ids, whatever their order, and null for ids without a row", async () => {
  const loader = loaderById(async () => [{ id: "b" }, { id: "a" }]);
  expect(await loader.loadMany(["a", "x", "b"])).toEqual([{ id: "a" }, null, { id: "b" }]);
});

test("rows are dealt to their parents in the order in which they were read", async () => {
  const rows = [
    { parent: "p", name: "1" },
    { parent: "q", name: "2" },
    { parent: "p", name: "3" },
  ];
  const loader = loaderByParent(
    async () => rows,
    (row) => row.parent,
  );
  expect(await loader.loadMany(["q", "p", "none"])).toEqual([[rows[1]], [rows[0], rows[2]], []]);
});
