import { basename, relative } from "node:path";

/** How the person at the terminal can call this program again, e.g. `node dist/main.js` in a clone. */
export function ownCommand(): string {
  const script = process.argv[1] ?? "";
  return basename(script) === "main.js" ? `node ${relative(process.cwd(), script)}` : "expense-gateway";
}
