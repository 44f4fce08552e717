/** Answers that are known from the field, one of each form, with ids and dates of made-up clusters. */

const head = { cloud_account_id: "cluster-1", start_date: 1_759_490_000, end_date: 1_760_094_800 };

/** Management only: 32 hourly points of 0.1 in 168 hours. */
export const legacy = {
  ...head,
  total_cost: 3.2,
  data_points: Array.from({ length: 32 }, (_, hour) => ({
    timestamp: 1_759_490_000 + hour * 3_600,
    value: 0.1,
    labels: { __name__: "kubecost_cluster_management_cost", cluster_id: "cluster-one", tenant_id: "cluster-1" },
  })),
};

/** Infrastructure only, its network a sum of prices. */
export const infrastructure = {
  ...head,
  summary: {
    total_cost: 29.837599999999995,
    management_cost: 10.4,
    load_balancer_cost: 2.4856000000000003,
    network_cost: 16.951999999999998,
    cpu_cost: 0.0,
    ram_cost: 0.0,
    pv_cost: 0.0,
  },
  breakdown: {
    management_cost: 10.4,
    load_balancer_cost: 2.49,
    network_internet_cost: 14.87,
    network_region_cost: 1.04,
    network_zone_cost: 1.04,
  },
};

export const exporter = {
  ...head,
  summary: {
    total_cost: 12.72,
    cpu_cost: 5.2,
    ram_cost: 3.8,
    pv_cost: 2.12,
    management_cost: 0.6,
    load_balancer_cost: 0.5,
    network_cost: 0.5,
  },
  efficiency: { cpu_efficiency: 42.5, ram_efficiency: 48.3, total_efficiency: 45.4 },
  potential_savings: 0.0,
  breakdown: {
    management_cost: 0.6,
    load_balancer_cost: 0.5,
    network_internet_cost: 0.5,
    network_region_cost: 0.0,
    network_zone_cost: 0.0,
  },
};

export const flat = {
  total_cost: 1.15,
  cpu_cost: 0.5,
  ram_cost: 0.35,
  pv_cost: 0.1,
  network_cost: 0.05,
  lb_cost: 0.15,
  cpu_efficiency: 0.65,
  ram_efficiency: 0.58,
  total_efficiency: 0.62,
  breakdown: {},
};

export const flatWithBreakdown = {
  ...head,
  total_cost: 105.5,
  breakdown: {
    management_cost: 3.2,
    cpu_cost: 50.0,
    ram_cost: 30.0,
    pv_cost: 10.0,
    network_cost: 5.0,
    load_balancer_cost: 6.8,
  },
};

/** Only a summary, no sibling. */
export const seed = {
  summary: {
    total_cost: 105.0,
    management_cost: 3.2,
    cpu_cost: 50.0,
    ram_cost: 30.0,
    pv_cost: 10.0,
    network_cost: 5.0,
    load_balancer_cost: 6.8,
  },
};

/** Management is listed, but not in the total. */
export const handover = {
  summary: {
    total_cost: 330.79,
    cpu_cost: 201.16,
    ram_cost: 104.69,
    pv_cost: 11.5,
    network_cost: 0.0,
    load_balancer_cost: 13.44,
    management_cost: 22.5,
  },
};

/** What a tenant that nobody knows gets. */
export const zeros = {
  ...head,
  summary: {
    total_cost: 0,
    management_cost: 0,
    load_balancer_cost: 0,
    network_cost: 0,
    cpu_cost: 0,
    ram_cost: 0,
    pv_cost: 0,
  },
  metrics: [],
};
