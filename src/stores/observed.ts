import { withinDeadline } from "../request-signal.js";
import type { AroundStoreCall, StoreCall } from "../telemetry/store-call.js";
import type { OwnTables, Relational } from "./relational.js";
import type { Stores } from "./stores.js";

/** The same stores, each of whose calls is noted. They are closed with the ones they were made from. */
export function observedStores(stores: Stores, around: AroundStoreCall): Omit<Stores, typeof Symbol.asyncDispose> {
  const { clickHouse, relational, own, databaseKind } = stores;
  return {
    clickHouse: clickHouse.observedBy(around),
    relational: observed(relational, databaseKind, around),
    own: observed(own, databaseKind, around),
    databaseKind,
  };
}

/** Prisma tells what it is asked for by model and operation; its SQL and its arguments stay with it. */
function observed<Client extends Relational | OwnTables>(
  client: Client,
  system: StoreCall["system"],
  around: AroundStoreCall,
): Client {
  // Both are whole clients, of which rooms above see a part.
  return (client as Relational).$extends({
    query: {
      $allOperations: ({ model, operation, args, query }) =>
        around(
          { store: "relational", system, operation: model === undefined ? operation : `${model}.${operation}` },
          () => withinDeadline(query(args)),
        ),
    },
  }) as unknown as Client;
}
