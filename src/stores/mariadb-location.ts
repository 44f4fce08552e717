import type { ConnectionConfig } from "mariadb";
import { GatewayError } from "../errors.js";
import { readCa } from "./certificate-authority.js";

/** Where a database is, and what it was named by. */
export interface MariaDbLocation {
  /** The environment variable, for messages. */
  readonly variable: "DATABASE_URL" | "TOKEN_DATABASE";
  readonly database: string;
  /** Everything but the database's name. */
  readonly server: Readonly<ConnectionConfig>;
}

/** A server that is not there is noticed after this long. Milliseconds. */
const CONNECT_TIMEOUT = 5_000;

/**
 * Takes `mysql://user:password@host:3306/database` apart. `?ssl=true` insists on TLS and a certificate that the system
 * trusts, a CA file on TLS and a certificate of that authority; `?socket=` is the path of a Unix socket.
 * @throws GatewayError BAD_CONFIGURATION without repeating any part of the URL but a parameter's name
 */
export function mariaDbLocation(
  url: string,
  variable: MariaDbLocation["variable"],
  caFile: string | undefined,
): MariaDbLocation {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  for (const name of searchParams.keys()) {
    if (name !== "ssl" && name !== "socket") {
      throw bad(`${variable}: the parameter ${name} is not known here; leave it out (it takes ssl and socket).`);
    }
  }
  const database = decoded(pathname.slice(1), variable);
  if (database === "" || database.includes("/")) {
    throw bad(`${variable} names no database: it takes mysql://user:password@host:3306/database.`);
  }
  // An IPv6 address comes in brackets.
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const socketPath = searchParams.get("socket");
  const ca = caFile === undefined ? undefined : readCa(caFile, "DATABASE_CA_FILE");
  return {
    variable,
    database,
    server: {
      host,
      port: port === "" ? 3306 : Number(port),
      user: decoded(username, variable),
      password: decoded(password, variable),
      ...(socketPath !== null && { socketPath }),
      ...((ca !== undefined || searchParams.get("ssl") === "true") && { ssl: verified(host, ca) }),
      connectTimeout: CONNECT_TIMEOUT,
      // The server must not make us send it a file.
      permitLocalInfile: false,
      charset: "utf8mb4",
    },
  };
}

/** The token database: a name on the same server, or a URL of its own. */
export function tokenLocation(setting: string, beside: MariaDbLocation, caFile: string | undefined): MariaDbLocation {
  const location = setting.includes("://")
    ? mariaDbLocation(setting, "TOKEN_DATABASE", caFile)
    : { variable: "TOKEN_DATABASE" as const, database: setting, server: beside.server };
  const { host, port, socketPath } = location.server;
  const sameServer =
    host === beside.server.host && port === beside.server.port && socketPath === beside.server.socketPath;
  if (sameServer && location.database.toLowerCase() === beside.database.toLowerCase()) {
    throw bad("TOKEN_DATABASE is OptScale's own database, in which nothing is written: name another one.");
  }
  return location;
}

/** The driver would compare the certificate's name with "localhost", unless it is told the host once more. */
function verified(host: string, ca: string | undefined): ConnectionConfig["ssl"] {
  return { ...(ca !== undefined && { ca }), ...{ host } };
}

function decoded(text: string, variable: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw bad(`${variable} holds a % that starts no escape: write it as %25.`, error);
  }
}

function bad(sentence: string, cause?: unknown): GatewayError {
  return new GatewayError("BAD_CONFIGURATION", sentence, { cause });
}
