import { registerEnumType } from "type-graphql";
import type { CloudAccountType as AccountType } from "../accounts/accounts.js";
import type { ResourceKind as Kind } from "../expenses/filter.js";
import type { BreakdownDimension as Dimension, ExpenseOrderField as OrderField } from "../expenses/source.js";
import type {
  ClusterCostStatus as CostStatus,
  CostMethod as Method,
  NamespaceCost,
} from "../kubernetes/cluster-cost.js";
import type { CombinePolicy as Policy } from "../kubernetes/unified.js";

/** Registers an enum whose names are its values, each with its description; the type argument keeps it complete. */
function describedEnum<Value extends string>(
  name: string,
  description: string,
  values: Record<Value, string>,
): { readonly [Name in Value]: Name } {
  const names = Object.fromEntries(Object.keys(values).map((value) => [value, value])) as { [Name in Value]: Name };
  registerEnumType(names, {
    name,
    description,
    valuesConfig: Object.fromEntries(
      Object.entries<string>(values).map(([value, text]) => [value, { description: text }]),
    ) as { [Name in Value]: { description: string } },
  });
  return names;
}

export const ViewerKind = describedEnum<"USER" | "SERVICE">("ViewerKind", "What kind of caller is asking.", {
  USER: "The holder of an API token, who sees the organizations that the token names.",
  SERVICE: "A service that holds the cluster secret and sees every organization.",
});

export const CloudAccountType = describedEnum<AccountType>(
  "CloudAccountType",
  "Where a cloud account's expenses come from.",
  {
    AWS_CNR: "Amazon Web Services.",
    ALIBABA_CNR: "Alibaba Cloud.",
    AZURE_CNR: "A Microsoft Azure subscription.",
    AZURE_TENANT: "A Microsoft Azure tenant, the parent of its subscriptions.",
    KUBERNETES_CNR: "A Kubernetes cluster, whose cost Metroculus tells.",
    ENVIRONMENT: "The hidden account that holds an organization's shared environments.",
    GCP_CNR: "Google Cloud.",
    NEBIUS: "Nebius.",
    DATABRICKS: "Databricks.",
    OTHER: "A provider that has no type of its own.",
  },
);

export const ResourceKind = describedEnum<Kind>("ResourceKind", "What a row of expenses stands for.", {
  REGULAR: "One resource of a cloud account.",
  CLUSTER: "A cluster of resources, its members summed up.",
  ENVIRONMENT: "A shared environment.",
});

export const ExpenseOrderField = describedEnum<OrderField>(
  "ExpenseOrderField",
  "What rows are sorted by; ties are broken by id.",
  {
    COST: "Cost in the window.",
    NAME: "Name of the resource.",
    REGION: "Region of the resource.",
    SERVICE_NAME: "Service that charged it.",
    RESOURCE_TYPE: "Type of the resource.",
    FIRST_SEEN: "When the resource was first seen.",
    LAST_SEEN: "When the resource was last seen.",
  },
);

export const OrderDirection = describedEnum<"ASC" | "DESC">("OrderDirection", "Which end comes first.", {
  ASC: "Smallest, earliest or alphabetically first.",
  DESC: "Largest, latest or alphabetically last.",
});

export const BreakdownDimension = describedEnum<Dimension>(
  "BreakdownDimension",
  "The attribute that expenses are grouped by.",
  {
    CLOUD_ACCOUNT: "Cloud account; the key is its id, the label its name.",
    POOL: "Pool; the key is its id, the label its name.",
    OWNER: "Owner; the key is the employee's id, the label the name.",
    SERVICE_NAME: "Service that charged it.",
    REGION: "Region.",
    RESOURCE_TYPE: "Type of resource, apart for each kind.",
    K8S_NODE: "Kubernetes node that the resource runs on.",
    K8S_NAMESPACE: "Kubernetes namespace that the resource belongs to.",
    K8S_SERVICE: "Kubernetes service that the resource belongs to.",
  },
);

export const ClusterCostStatus = describedEnum<CostStatus>(
  "ClusterCostStatus",
  "How well a cluster's cost is known. A failed cluster is data, never an error of the request.",
  {
    OK: "The cost is known for the whole window.",
    ZERO: "The cluster was measured and cost nothing.",
    PARTIAL: "A figure is known, but it does not cover the whole window or not all kinds of cost; see warnings.",
    STALE: "Metroculus does not answer now: these are the last good figures, read at asOf.",
    NO_DATA: "Metroculus answered, but has no samples of this cluster for the window.",
    UNAUTHORIZED: "Metroculus refused the gateway; its operator has to check the cluster secret.",
    UNAVAILABLE: "Metroculus did not answer in time or failed.",
    MALFORMED: "Metroculus answered with something that is not a cost.",
    CURRENCY_MISMATCH: "The cost is in another currency than the organization's: shown, never added.",
  },
);

export const CostMethod = describedEnum<Method>("CostMethod", "What a cluster's figure counts.", {
  MANAGEMENT_ONLY: "Only the provider's cluster management fee.",
  INFRASTRUCTURE_ONLY: "Management, network and load balancers, but not CPU, memory or volumes.",
  ALLOCATION: "What the workloads of the cluster are allocated: CPU, memory, volumes and the rest.",
});

export const NamespaceKind = describedEnum<NamespaceCost["kind"]>(
  "NamespaceKind",
  "What a share of a cluster's cost is.",
  {
    WORKLOAD: "A namespace of the cluster.",
    IDLE: "Capacity that was paid for and not allocated to any namespace.",
    UNALLOCATED: "Cost that belongs to no namespace, such as the management fee.",
  },
);

export const CombinePolicy = describedEnum<Policy>(
  "CombinePolicy",
  "How the cloud bill and the Kubernetes costs are put together.",
  {
    ADDITIVE: "cloud + Kubernetes: what v2 clients see as total_cost",
    REPLACE_OVERLAP: "cloud − overlap + Kubernetes: nothing counted twice",
    CLOUD_ONLY: "the cloud bill alone; Kubernetes shown as a view of it",
  },
);
