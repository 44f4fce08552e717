import { readFileSync } from "node:fs";
import { GatewayError } from "../errors.js";

/**
 * The certificates of a PEM file.
 * @param variable the environment variable that names it, for messages
 * @throws GatewayError BAD_CONFIGURATION when there is no such file, or no certificate in it
 */
export function readCa(path: string, variable: string): string {
  let text = "";
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new GatewayError(
      "BAD_CONFIGURATION",
      `${variable} cannot be read (${reason}): it takes the path of a PEM file.`,
      { cause: error },
    );
  }
  if (!text.includes("-----BEGIN CERTIFICATE-----")) {
    throw new GatewayError("BAD_CONFIGURATION", `${variable} holds no certificate: it takes the path of a PEM file.`);
  }
  return text;
}
