import { GatewayError } from "../errors.js";

/** The operating system's words for a connection that could not be made or did not hold. */
const CONNECTION =
  /ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|socket hang up/;

/** Whether it is certain or likely that the server did not answer at all: a read may then be asked again. */
export function isConnectionFailure(error: unknown): boolean {
  return CONNECTION.test(described(error));
}

/** Errors of ClickHouse itself keep their text out of the answer: it can quote the statement. */
export function storeError(error: unknown, signal?: AbortSignal): unknown {
  if (error instanceof GatewayError) return error;
  // Whoever gave up knows why; what the driver says about it differs from one to the other.
  if (signal?.aborted) return signal.reason;
  return new GatewayError("STORE_UNAVAILABLE", "The expense store could not answer: try again, or see the log.", {
    cause: error,
  });
}

/** What a failure to open a server tells its operator; nothing of the server's own message, which names users and hosts. */
export function openingFailure(error: unknown): GatewayError {
  if (error instanceof GatewayError && error.code !== "STORE_UNAVAILABLE") return error;
  const cause = error instanceof GatewayError && error.cause !== undefined ? error.cause : error;
  const wrong = (sentence: string) => new GatewayError("BAD_CONFIGURATION", `CLICKHOUSE_URL: ${sentence}`, { cause });
  const away = (sentence: string) => new GatewayError("STORE_UNAVAILABLE", `CLICKHOUSE_URL ${sentence}`, { cause });
  switch ((cause as { code?: string }).code) {
    case "516": // AUTHENTICATION_FAILED
    case "192": // UNKNOWN_USER
    case "193": // WRONG_PASSWORD
    case "194": // REQUIRED_PASSWORD
      return wrong("the server does not accept this user and password.");
    case "81": // UNKNOWN_DATABASE
      return wrong("there is no database of this name on the server: create it, or check the name.");
    case "497": // ACCESS_DENIED
      return wrong(
        "this user may not do what is needed: grant it SELECT, INSERT, CREATE TABLE, DROP TABLE and ALTER on the database.",
      );
    case "164": // READONLY
      return wrong("this user may not change settings: give its profile readonly = 0, or 2 for reading alone.");
  }
  const text = described(cause);
  if (/certificate|altnames|CERT_|SELF_SIGNED|UNABLE_TO_/i.test(text)) {
    return wrong(
      "the server's certificate is not trusted: set CLICKHOUSE_CA_FILE to its authority, and use the name in it.",
    );
  }
  if (/wrong version number|ERR_SSL|EPROTO|packet length too long/i.test(text)) {
    return wrong("the server does not speak TLS at this port: use http://, or the port of its HTTPS interface (8443).");
  }
  const reason = CONNECTION.exec(text)?.[0];
  return away(
    reason === undefined
      ? "does not answer as a ClickHouse server: check address and port (8123 speaks HTTP, 9000 does not)."
      : `does not answer (${reason}): check address and port, and that the server runs.`,
  );
}

function described(error: unknown): string {
  const parts: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    parts.push(String((cause as NodeJS.ErrnoException).code ?? ""), cause.message);
  }
  return parts.join(" ");
}
