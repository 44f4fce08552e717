import type { ReactNode } from "react";
import type { ExpenseOrderField } from "../../generated/graphql";
import type { ExpenseRow } from "../data/queries";
import type { ColumnId } from "../view/columns";
import { formatDate, type Money } from "../view/format";
import styles from "./expense-table.module.css";

export interface Column {
  readonly name: string;
  /** In rem. */
  readonly width: number;
  /** What the gateway sorts by, where it can. */
  readonly order?: ExpenseOrderField;
  readonly isNumber?: boolean;
  readonly cell: (row: ExpenseRow, money: Money) => ReactNode;
}

const absent = <span className={styles.absent}>–</span>;

export const columns: Record<ColumnId, Column> = {
  name: {
    name: "Resource",
    width: 17.5,
    order: "NAME",
    cell: ({ resourceName, cloudResourceId, id }) => resourceName || cloudResourceId || id,
  },
  account: { name: "Account", width: 11, cell: ({ cloudAccount }) => cloudAccount?.name ?? absent },
  service: { name: "Service", width: 10.5, order: "SERVICE_NAME", cell: ({ serviceName }) => serviceName ?? absent },
  type: { name: "Type", width: 8.5, order: "RESOURCE_TYPE", cell: ({ resourceType }) => resourceType ?? absent },
  region: { name: "Region", width: 8.5, order: "REGION", cell: ({ region }) => region ?? absent },
  pool: { name: "Pool", width: 10, cell: ({ pool }) => pool?.name ?? absent },
  owner: { name: "Owner", width: 9.5, cell: ({ owner }) => owner?.name ?? absent },
  "first-seen": {
    name: "First seen",
    width: 8.5,
    order: "FIRST_SEEN",
    cell: ({ firstSeen }) => (typeof firstSeen === "number" ? formatDate(firstSeen) : absent),
  },
  "last-seen": {
    name: "Last seen",
    width: 8.5,
    order: "LAST_SEEN",
    cell: ({ lastSeen }) => (typeof lastSeen === "number" ? formatDate(lastSeen) : absent),
  },
  saving: {
    name: "Could be saved",
    width: 9,
    isNumber: true,
    cell: ({ saving }, money) => (saving > 0 ? money(saving) : absent),
  },
  cost: { name: "Cost", width: 8.5, order: "COST", isNumber: true, cell: ({ cost }, money) => money(cost) },
};
