import { given, JANUARY_1 } from "../graphql/support/acme.js";
import type { OptScaleRows } from "./restapi.js";

const { organizations, pools, employees, cloud_accounts } = given;

/** The snapshot as OptScale's tables hold it. */
export const optScaleRows: OptScaleRows = {
  organization: organizations.map((row) => ({ ...row, created_at: JANUARY_1 })),
  employee: employees.map((row) => ({ ...row, created_at: JANUARY_1 })),
  pool: pools.map(({ purpose, ...row }) => ({ ...row, purpose: purpose.toUpperCase(), created_at: JANUARY_1 })),
  cloudaccount: cloud_accounts.map(({ type, ...row }) => ({
    ...row,
    type: type.toUpperCase(),
    config: "gAAAAABl, encrypted",
    created_at: JANUARY_1,
  })),
};
