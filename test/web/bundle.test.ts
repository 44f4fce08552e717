import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

const built = resolve(import.meta.dirname, "../../dist/web/public");

/** Every script that the page loads before it shows something: its entry and what that imports. */
async function firstScripts(page: string): Promise<string[]> {
  const html = await readFile(join(built, page), "utf8");
  return [...html.matchAll(/<(?:script|link rel="modulepreload")[^>]*?(?:src|href)="\/([^"]+\.js)"/g)].map(
    (match) => match[1] as string,
  );
}

test("the dashboard's first view needs less than 350 kB of script, compressed", async () => {
  const scripts = await firstScripts("index.html");
  expect(scripts.length).toBeGreaterThan(0);
  const sizes = await Promise.all(
    scripts.map(async (name) => ({ name, bytes: gzipSync(await readFile(join(built, name))).length })),
  );
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(
    `first view: ${(total / 1000).toFixed(0)} kB of script compressed (${sizes
      .map(({ name, bytes }) => `${name.replace(/^assets\//, "")} ${(bytes / 1000).toFixed(0)}`)
      .join(", ")})`,
  );
  expect(total).toBeLessThan(350_000);
});

test("neither the charts nor the editor of GraphiQL are part of the dashboard's first view", async () => {
  const scripts = (await firstScripts("index.html")).join();
  expect(scripts).not.toMatch(/chart|graphiql|monaco/i);
});

test("no page runs a script or style of another host, or an inline script", async () => {
  for (const page of ["index.html", "graphiql.html"]) {
    const html = await readFile(join(built, page), "utf8");
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/);
  }
  for (const name of await readdir(join(built, "assets"))) {
    if (!name.endsWith(".css")) continue;
    expect(await readFile(join(built, "assets", name), "utf8"), name).not.toMatch(/@import|url\(["']?(?:https?:)?\/\//);
  }
});
