import type { OptScaleRows } from "../databases/restapi.js";

/** What OptScale keeps of Acme: live rows, deleted ones, and times that have not come yet. */
export const acme: OptScaleRows = {
  organization: [
    { id: "acme", name: "Acme", currency: "EUR", pool_id: "root", created_at: 1 },
    { id: "beta", name: "Beta", created_at: 1 },
    { id: "gone", name: "Acme Gone", created_at: 1, deleted_at: 5 },
  ],
  employee: [
    { id: "ann", name: "Ann Éxample", organization_id: "acme", auth_user_id: "user-1", created_at: 1 },
    { id: "bob", name: "Bob", organization_id: "acme", created_at: 1 },
    { id: "leaver", name: "Leaver", organization_id: "acme", created_at: 1, deleted_at: 5 },
  ],
  pool: [
    {
      id: "root",
      name: "Acme",
      organization_id: "acme",
      purpose: "BUSINESS_UNIT",
      limit: 5_000_000_000,
      created_at: 1,
    },
    {
      id: "web",
      name: "Web",
      organization_id: "acme",
      parent_id: "root",
      purpose: "CICD",
      default_owner_id: "ann",
      created_at: 1,
    },
    { id: "old", name: "Old", organization_id: "acme", parent_id: "root", created_at: 1, deleted_at: 5 },
  ],
  cloudaccount: [
    {
      id: "aws",
      name: "AWS",
      type: "AWS_CNR",
      config: '{"linked": true}',
      organization_id: "acme",
      account_id: "1234",
      auto_import: false,
      last_import_at: 1_700_000_000,
      created_at: 1,
    },
    {
      id: "cluster",
      name: "Cluster",
      type: "KUBERNETES_CNR",
      config: "gAAAAABl, encrypted",
      organization_id: "acme",
      last_import_at: null,
      last_import_modified_at: null,
      last_import_attempt_at: null,
      last_getting_metrics_at: null,
      last_getting_metric_attempt_at: null,
      cleaned_at: null,
      created_at: 1,
    },
    { id: "quiet", name: "Quiet cluster", type: "KUBERNETES_CNR", config: "", organization_id: "acme", created_at: 1 },
    { id: "left", name: "Left", type: "GCP_CNR", config: "{}", organization_id: "acme", created_at: 1, deleted_at: 5 },
    { id: "beta-azure", name: "Azure", type: "AZURE_TENANT", config: "{}", organization_id: "beta", created_at: 1 },
  ],
  checklist: [
    { id: "run", organization_id: "acme", last_run: 8, next_run: 10, last_completed: 9, created_at: 1 },
    { id: "not-yet", organization_id: "beta", last_run: null, next_run: null, last_completed: null, created_at: 1 },
  ],
};
