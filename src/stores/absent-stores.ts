import { GatewayError } from "../errors.js";
import type { Stores } from "./stores.js";

/** The stores of a gateway that has none, because others answer for it: whoever uses one is told so. */
export function absentStores(): Stores {
  const absent = new Proxy({}, { get: refuse }) as never;
  return {
    clickHouse: absent,
    relational: absent,
    own: absent,
    databaseKind: "sqlite",
    async [Symbol.asyncDispose]() {},
  };
}

function refuse(): never {
  throw new GatewayError(
    "STORE_UNAVAILABLE",
    "This gateway has no store of its own: it stands in front of an OptScale and of another's Metroculus.",
  );
}
