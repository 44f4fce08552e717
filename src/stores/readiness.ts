import type { Stores } from "./stores.js";

/** Asks each store for as little as it can say. Each resolves to whether it answered; the database's may reject. */
export function storeChecks({ clickHouse, relational, own }: Omit<Stores, typeof Symbol.asyncDispose>) {
  return [
    { name: "clickhouse", answers: () => clickHouse.ping() },
    {
      name: "database",
      async answers() {
        await Promise.all([
          relational.organization.findFirst({ select: { id: true } }),
          own.apiToken.findFirst({ select: { createdAt: true } }),
        ]);
        return true;
      },
    },
  ];
}
