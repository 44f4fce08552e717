import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clusterSecretOf } from "../../src/cli/cluster-secret.js";
import { keptSecret } from "../../src/cli/kept-secret.js";
import { temporaryDirectory } from "./command-line.js";

test("a secret is made once, kept for its owner alone, and the same ever after", async () => {
  await using directory = await temporaryDirectory();
  const config = { DATA_DIR: directory.path };
  const path = join(directory.path, "token");
  const secret = await keptSecret(config, "token", { prefix: "eg_" });
  expect(secret).toMatch(/^eg_.{43}$/);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await chmod(path, 0o644);
  expect(await keptSecret(config, "token", { prefix: "eg_" })).toBe(secret);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("processes that start together agree on one secret", async () => {
  await using directory = await temporaryDirectory();
  const secrets = await Promise.all(Array.from({ length: 8 }, () => keptSecret({ DATA_DIR: directory.path }, "token")));
  expect(new Set(secrets).size).toBe(1);
});

test("an empty secret is refused: it would let everybody in", async () => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, "token"), "\n");
  await expect(keptSecret({ DATA_DIR: directory.path }, "token")).rejects.toMatchObject({ code: "DATA_DIR_UNUSABLE" });
});

test("CLUSTER_SECRET is used as it is, and not written down", async () => {
  await using directory = await temporaryDirectory();
  const config = { DATA_DIR: directory.path, CLUSTER_SECRET: "from the environment" };
  expect(await clusterSecretOf(config)).toBe("from the environment");
  await expect(readFile(join(directory.path, "cluster-secret"))).rejects.toMatchObject({ code: "ENOENT" });
});
