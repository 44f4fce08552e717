import { GatewayError } from "../errors.js";
import type { MariaDbLocation } from "./mariadb-location.js";

/** What a failure to open a database tells its operator. Messages of the server are left out: they name people and hosts. */
export function openingFailure(error: unknown, { variable, database, server }: MariaDbLocation): GatewayError {
  if (error instanceof GatewayError) return error;
  const { errno, code } = error as { errno?: number; code?: string };
  const wrong = (sentence: string) =>
    new GatewayError("BAD_CONFIGURATION", `${variable}: ${sentence}`, { cause: error });
  const away = (sentence: string) =>
    new GatewayError("STORE_UNAVAILABLE", `${variable}: ${sentence}`, { cause: error });
  switch (errno) {
    case 1045: // ER_ACCESS_DENIED_ERROR
    case 1698: // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
      return wrong(
        server.ssl === undefined
          ? "the server does not accept this user and password from here (or wants TLS from it: ?ssl=true)."
          : "the server does not accept this user and password from here.",
      );
    case 1044: // ER_DBACCESS_DENIED_ERROR
      return wrong(
        `there is no database ${database}, or this user may not use it: create it, or grant the user ${rights(variable)} on it.`,
      );
    case 1049: // ER_BAD_DB_ERROR
      return wrong(`there is no database ${database} on the server: check the name.`);
    case 1142: // ER_TABLEACCESS_DENIED_ERROR
    case 1143: // ER_COLUMNACCESS_DENIED_ERROR
    case 1227: // ER_SPECIFIC_ACCESS_DENIED_ERROR
      return wrong(`this user may not do what is needed in ${database}: grant it ${rights(variable)} there.`);
    case 3159: // ER_SECURE_TRANSPORT_REQUIRED
    case 4031:
      return wrong("the server takes connections over TLS alone: add ?ssl=true, or set DATABASE_CA_FILE.");
    case 45023: // ER_SERVER_SSL_DISABLED
      return wrong("TLS is asked for, and the server does not offer it: turn it on there, or leave ssl out.");
    case 1040: // ER_CON_COUNT_ERROR
    case 1203: // ER_TOO_MANY_USER_CONNECTIONS
      return away("the server has no connection left: raise max_connections, or stop what holds them.");
  }
  const text = error instanceof Error ? error.message : "";
  if (
    /certificate|self.signed|altnames|wrong version number/i.test(text) ||
    /^(ERR_(TLS|SSL)|CERT|DEPTH_ZERO|UNABLE)/.test(code ?? "")
  ) {
    return wrong(
      "the server's certificate is not trusted: set DATABASE_CA_FILE to its authority, and use the name in it.",
    );
  }
  const [reason] =
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT|EACCES/.exec(`${code} ${text}`) ?? [];
  if (reason !== undefined) {
    return away(`no server answers there (${reason}): check address and port, and that it runs.`);
  }
  return away("what is there does not answer as a MariaDB server: check address and port.");
}

function rights(variable: MariaDbLocation["variable"]): string {
  return variable === "DATABASE_URL" ? "SELECT" : "SELECT, INSERT, UPDATE, DELETE and CREATE";
}
