// Every package of the lock file has a licence that this product can be built, tested and shipped with; one that
// nobody has looked at stops the run, by name.
import { readFileSync } from "node:fs";

/** What may be shipped: permissive licences, which ask for no more than their text. */
const shipped = new Set(
  "0BSD Apache-2.0 BlueOak-1.0.0 BSD-2-Clause BSD-3-Clause CC0-1.0 ISC MIT Unlicense Zlib".split(" "),
);
/** Beside those for what only builds and tests: nothing of it is in what is shipped, but for the font, as it is. */
const building = new Set([...shipped, "MPL-2.0", "OFL-1.1", "PSF-2.0"]);

/** Looked at one by one. */
const lookedAt = {
  mariadb:
    "LGPL-2.1-or-later: the driver is used as it comes, beside our code, and can be replaced by another build of it",
  elkjs: "EPL-2.0: part of Prisma's command line, which the build uses and the image leaves out",
  "seq-queue": "names none in its package.json; its LICENSE is that of MIT",
};

const { packages } = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));
const unwanted = [];
let count = 0;
for (const [path, { license, dev, link, name }] of Object.entries(packages)) {
  if (path === "" || link) continue;
  count++;
  // A package that stands in for another tells its real name.
  const known = name ?? path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  if (!(known in lookedAt) && !allows(license, dev ? building : shipped))
    unwanted.push(`${path}: ${license ?? "none named"}`);
}
if (unwanted.length > 0) {
  console.error(`Licences that nobody has agreed to (see .ci/licences.mjs):\n${unwanted.join("\n")}`);
  process.exit(1);
}
console.log(`licences of ${count} packages: all of them agreed to, ${Object.keys(lookedAt).join(", ")} one by one`);

/** Of "A OR B" one is enough, of "A AND B" all are needed; AND binds tighter. */
function allows(expression, agreed) {
  if (typeof expression !== "string") return false;
  return expression
    .replace(/[()]/g, "")
    .split(/ or /i)
    .some((all) => all.split(/ and /i).every((one) => agreed.has(one.trim())));
}
