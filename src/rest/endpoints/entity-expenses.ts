import { withDescendants } from "../../accounts/pool-tree.js";
import type { EntityGroup } from "../../expenses/resource-facts.js";
import { permitted } from "../authorization.js";
import { type Endpoint, jsonAnswer, type RestRequest } from "../endpoint.js";
import { byAccount, byAttribute, byOwner, byPool, entityReport, type Grouping } from "../entity-report.js";
import { entityWindow } from "../entity-window.js";
import type { RestErrorCode } from "../errors.js";
import { dates } from "../expense-parameters.js";
import { windowOfArguments } from "../expense-scope.js";
import { type ChoiceParameter, readArguments } from "../parameters.js";
import { entityExpensesExample, entityExpensesSchema } from "../schemas/entity-expenses.js";

const errors: readonly RestErrorCode[] = ["OE0002", "OE0003", "OE0216", "OE0217", "OE0223", "OE0224", "OE0446"];

const filterBy = (values: readonly string[], required: boolean): ChoiceParameter => ({
  kind: "choice",
  name: "filter_by",
  description: "What to group the costs by.",
  values,
  required,
  example: values[0] as string,
});

const common = {
  access: "token",
  refusesOthers: false,
  errors,
  answer: {
    description: "Costs per day, and totals of this window and the one before.",
    schema: entityExpensesSchema,
    example: entityExpensesExample,
  },
} as const satisfies Partial<Endpoint>;

const attributes: Readonly<Record<string, EntityGroup>> = {
  service: "SERVICE_NAME",
  region: "REGION",
  resource_type: "RESOURCE_TYPE",
  k8s_node: "K8S_NODE",
  k8s_namespace: "K8S_NAMESPACE",
  k8s_service: "K8S_SERVICE",
};

export const poolsExpenses: Endpoint = {
  ...common,
  path: "/pools_expenses/{pool_id}",
  segments: { pool_id: "Pool. The root pool of an organization stands for all of its accounts." },
  name: "poolsExpenses",
  summary: "Expenses of a pool and the pools below it",
  parameters: [...dates, filterBy(["cloud", "pool", "employee"], false)],
  async handle({ services, principal, segments, query, signal }: RestRequest) {
    const { accounts } = services;
    const poolId = segments.pool_id as string;
    const [found] = await accounts.poolsByIds([poolId]);
    const pool = await permitted(principal, "Pool", poolId, found);
    const args = readArguments(query, poolsExpenses);
    const [cloudAccounts, pools, owners] = await Promise.all([
      accounts.cloudAccountsOf(pool.organizationId),
      accounts.poolsOf(pool.organizationId),
      accounts.employeesOf(pool.organizationId),
    ]);
    const below = withDescendants(pools, [pool.id]);
    const groupings: Readonly<Record<string, Grouping>> = {
      cloud: byAccount(cloudAccounts),
      pool: byPool(pools.filter(({ id }) => below.has(id))),
      employee: byOwner(owners),
    };
    const expenses = await entityReport(
      services,
      { id: pool.id, name: pool.name },
      pool.parentId === null ? { kind: "CLOUD_ACCOUNT" } : { kind: "POOL", ids: [...below] },
      cloudAccounts,
      entityWindow(windowOfArguments(args)),
      groupings[args.texts.filter_by ?? ""] ?? null,
      signal,
    );
    return jsonAnswer({ expenses });
  },
};

export const cloudsExpenses: Endpoint = {
  ...common,
  path: "/clouds_expenses/{cloud_account_id}",
  segments: { cloud_account_id: "Cloud account." },
  name: "cloudsExpenses",
  summary: "Expenses of a cloud account",
  parameters: [
    ...dates,
    filterBy(["service", "region", "pool", "employee", ...Object.keys(attributes).slice(2)], true),
  ],
  async handle({ services, principal, segments, query, signal }: RestRequest) {
    const { accounts } = services;
    const accountId = segments.cloud_account_id as string;
    const [found] = await accounts.cloudAccountsByIds([accountId]);
    const account = await permitted(principal, "CloudAccount", accountId, found);
    const args = readArguments(query, cloudsExpenses);
    const by = args.texts.filter_by as string;
    const attribute = attributes[by];
    const grouping = attribute
      ? byAttribute(by, attribute)
      : by === "pool"
        ? byPool(await accounts.poolsOf(account.organizationId))
        : byOwner(await accounts.employeesOf(account.organizationId));
    const expenses = await entityReport(
      services,
      { id: account.id, name: account.name, type: account.type.toLowerCase() },
      { kind: "CLOUD_ACCOUNT" },
      [account],
      entityWindow(windowOfArguments(args)),
      grouping,
      signal,
    );
    return jsonAnswer({ expenses });
  },
};

export const employeesExpenses: Endpoint = {
  ...common,
  path: "/employees_expenses/{employee_id}",
  segments: { employee_id: "Owner of resources." },
  name: "employeesExpenses",
  summary: "Expenses of an owner's resources",
  parameters: [...dates, filterBy(["pool", "cloud"], true)],
  async handle({ services, principal, segments, query, signal }: RestRequest) {
    const { accounts } = services;
    const ownerId = segments.employee_id as string;
    const [found] = await accounts.employeesByIds([ownerId]);
    const owner = await permitted(principal, "Employee", ownerId, found);
    const args = readArguments(query, employeesExpenses);
    const cloudAccounts = await accounts.cloudAccountsOf(owner.organizationId);
    const expenses = await entityReport(
      services,
      { id: owner.id, name: owner.name },
      { kind: "OWNER", ids: [owner.id] },
      cloudAccounts,
      entityWindow(windowOfArguments(args)),
      args.texts.filter_by === "cloud"
        ? byAccount(cloudAccounts)
        : byPool(await accounts.poolsOf(owner.organizationId)),
      signal,
    );
    return jsonAnswer({ expenses });
  },
};
