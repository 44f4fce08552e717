import type { BreakdownDimension } from "./source.js";

/** The column of `resources` that holds what expenses can be grouped by. */
export const columnOfDimension: Readonly<Record<BreakdownDimension, string>> = {
  CLOUD_ACCOUNT: "cloud_account_id",
  POOL: "pool_id",
  OWNER: "employee_id",
  SERVICE_NAME: "service_name",
  REGION: "region",
  RESOURCE_TYPE: "resource_type",
  K8S_NODE: "k8s_node",
  K8S_NAMESPACE: "k8s_namespace",
  K8S_SERVICE: "k8s_service",
};
