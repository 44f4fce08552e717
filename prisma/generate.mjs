// Generates two Prisma clients of the same models: schema.prisma as it stands, for SQLite, and with MariaDB's provider
// in its place. A client is made for one provider, and refuses the driver of another.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const schema = readFileSync(here("schema.prisma"), "utf8");
const forMariaDb = here("generated-mariadb.prisma");

function replaced(text, from, to) {
  if (!text.includes(from)) throw new Error(`schema.prisma does not say ${from}`);
  return text.replace(from, to);
}

function generate(path) {
  const { status } = spawnSync("prisma", ["generate", "--config", here("prisma.config.ts"), "--schema", path], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}

generate(here("schema.prisma"));
try {
  writeFileSync(
    forMariaDb,
    replaced(replaced(schema, 'provider = "sqlite"', 'provider = "mysql"'), "generated/sqlite", "generated/mariadb"),
  );
  generate(forMariaDb);
} finally {
  rmSync(forMariaDb, { force: true });
}
