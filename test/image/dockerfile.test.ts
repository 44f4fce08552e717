import { access, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { validate } from "dockerfile-utils";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const dockerfile = await readFile(resolve(root, "Dockerfile"), "utf8");
/** One instruction a line. */
const instructions = dockerfile
  .replaceAll(/^#.*\n/gm, "")
  .replaceAll(/\\\n\s*/g, "")
  .split("\n");
/** The last stage alone becomes the image. */
const image = instructions.slice(instructions.findLastIndex((instruction) => instruction.startsWith("FROM ")));

test("a linter finds nothing wrong with the Dockerfile", () => {
  expect(validate(dockerfile)).toEqual([]);
});

test("the image runs without root's rights, as a number that Kubernetes can check", () => {
  expect(image).toContain("USER 1000:1000");
});

test("SIGTERM reaches the gateway: no shell stands between", () => {
  const started = image.filter((instruction) => /^(ENTRYPOINT|CMD) /.test(instruction));
  expect(started).toEqual(['ENTRYPOINT ["expense-gateway"]', 'CMD ["serve"]']);
});

test(".dockerignore lets in what the image is built from, and nothing else", async () => {
  const copied = instructions
    .filter((instruction) => /^COPY (?!--from)/.test(instruction))
    .flatMap((instruction) => instruction.split(" ").slice(1, -1));
  await Promise.all(copied.map((source) => access(resolve(root, source))));
  const admitted = (await readFile(resolve(root, ".dockerignore"), "utf8")).match(/^!.+/gm) ?? [];
  expect(new Set(admitted)).toEqual(new Set(copied.map((source) => `!${source.split("/")[0]}`)));
});
