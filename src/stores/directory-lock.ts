import { join } from "node:path";
import { createClient, LibsqlError } from "@libsql/client";
import { GatewayError } from "../errors.js";
import { makeDirectory, unusable } from "./directory.js";

/** The sole right to a directory, until it is released or the process ends, however it ends. */
export interface DirectoryLock {
  release(): void;
}

/**
 * Makes the directory if needed and takes it for this process: a write transaction of SQLite's that stays open, so
 * that the operating system takes the lock back even after a kill. The engine has a lock of its own, but prints
 * about it before we can say what to do.
 * @throws GatewayError DATA_DIR_IN_USE, DATA_DIR_UNUSABLE
 */
export async function lockDirectory(path: string): Promise<DirectoryLock> {
  try {
    await makeDirectory(path);
    const client = createClient({ url: `file:${join(path, "gateway.lock")}` });
    try {
      const transaction = await client.transaction("write");
      return {
        release() {
          transaction.close();
          client.close();
        },
      };
    } catch (error) {
      client.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof LibsqlError && error.code.startsWith("SQLITE_BUSY")) {
      throw new GatewayError(
        "DATA_DIR_IN_USE",
        `${path} is in use by another process: stop the gateway that holds it, or choose another DATA_DIR.`,
        { cause: error },
      );
    }
    throw unusable(path, error);
  }
}
