import { randomBytes } from "node:crypto";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config.js";
import { GatewayError } from "../errors.js";

/**
 * A secret made once and kept as a file of DATA_DIR, mode 0600.
 * @throws GatewayError DATA_DIR_UNUSABLE when the file cannot be written or read, or holds nothing.
 */
export async function keptSecret(
  { DATA_DIR }: Pick<Config, "DATA_DIR">,
  name: string,
  options: { prefix?: string } = {},
): Promise<string> {
  const path = join(DATA_DIR, name);
  try {
    const made = `${options.prefix ?? ""}${randomBytes(32).toString("base64url")}\n`;
    // "wx": of two processes that start together only one writes, the other reads what it wrote.
    await writeFile(path, made, { mode: 0o600, flag: "wx" }).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
      await chmod(path, 0o600);
    });
    const secret = (await readFile(path, "utf8")).trim();
    // An empty secret would let everybody in.
    if (secret !== "") return secret;
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new GatewayError(
      "DATA_DIR_UNUSABLE",
      `${path} cannot be written or read (${reason}): repair its permissions.`,
      {
        cause: error,
      },
    );
  }
  throw new GatewayError("DATA_DIR_UNUSABLE", `${path} is empty: remove it, the next start makes a new one.`);
}
