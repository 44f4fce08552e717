import { EC2_FLAVORS } from "./catalogue.js";
import { CLUSTERS, type ClusterNode, cloudResourceIdOf, LOAD_BALANCER_HOUR, VOLUME_GIB_HOUR } from "./clusters.js";
import { Dice, demoHex, demoId } from "./identity.js";
import { accountId, DEMO_ORGANIZATION, type DemoCloud, ownerId, poolId } from "./organization.js";
import { DEMO_DAYS, type DemoResource, type DemoTime, machineMeta, type PricePlan, seen } from "./plan.js";

/** The resources that are not one of many: Kubernetes' machines, a costly job, a credit, clusters, environments. */
export function singleResources(time: DemoTime): DemoResource[] {
  return [...kubernetesResources(time), ...unusualCharges(time), ...renderFarms(time), ...environments(time)];
}

interface Single {
  readonly key: string;
  readonly cloud: DemoCloud;
  readonly service: string;
  readonly type: string;
  readonly cloudResourceId: string;
  readonly name: string;
  readonly region: string | null;
  readonly pool: string;
  readonly owner: string;
  readonly plan: Pick<PricePlan, "price"> & Partial<PricePlan>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly extra?: Readonly<Record<string, unknown>>;
}

function single(time: DemoTime, resource: Single): DemoResource {
  const plan = { firstDay: 0, lastDay: DEMO_DAYS - 1, weekend: 1, growth: 0, noise: 0, ...resource.plan };
  return {
    document: {
      id: demoId(`resource/${resource.key}`),
      cloud_account_id: accountId(resource.cloud),
      cloud_resource_id: resource.cloudResourceId,
      name: resource.name,
      resource_type: resource.type,
      service_name: resource.service,
      region: resource.region,
      pool_id: poolId(resource.pool),
      employee_id: ownerId(resource.owner),
      ...seen(plan, time, new Dice(resource.key)),
      active: plan.lastDay === DEMO_DAYS - 1,
      tags: resource.tags ?? {},
      meta: {},
      constraint_violated: false,
      ...resource.extra,
    },
    plan,
  };
}

/** What the cloud charges for the clusters' nodes, volumes, load balancers and control planes. */
function kubernetesResources(time: DemoTime): DemoResource[] {
  const platform = { pool: "Platform", owner: "Farid Stub" } as const;
  const aws = { cloud: "aws", region: "eu-central-1", ...platform } as const;
  return CLUSTERS.flatMap(({ key: cluster, nodes, volumes, loadBalancers, management }) => {
    const short = cluster.replace("k8s-", "");
    const tags = { team: "platform", [`kubernetes.io/cluster/${short}`]: "owned" };
    if (cluster === "k8s-edge") return []; // machines of our own, on no cloud's bill
    if (cluster === "k8s-analytics") {
      const gcp = { cloud: "gcp", region: "europe-west3", pool: "Analytics", owner: "Ines Placeholder", tags } as const;
      return nodes.map((node) =>
        single(time, {
          ...gcp,
          ...machine(node),
          key: node.name,
          service: "Compute Engine",
          // Google's bill names machines by number, which the cluster does not know: they cannot be matched.
          cloudResourceId: String(BigInt(`0x${demoHex(node.name, 15)}`)),
        }),
      );
    }
    return [
      ...nodes.map((node) =>
        single(time, {
          ...aws,
          ...machine(node),
          tags,
          key: node.providerId,
          service: "AmazonEC2",
          cloudResourceId: cloudResourceIdOf(node.providerId),
        }),
      ),
      ...volumes.map((volume) =>
        single(time, {
          ...aws,
          tags,
          key: volume.providerId,
          service: "AmazonEC2",
          type: "Volume",
          cloudResourceId: volume.providerId,
          name: volume.name,
          plan: { price: volume.gib * VOLUME_GIB_HOUR * 24 },
        }),
      ),
      ...loadBalancers.map((balancer) =>
        single(time, {
          ...aws,
          tags,
          key: balancer.address,
          service: "AWSELB",
          type: "Load Balancer",
          cloudResourceId: balancer.address,
          name: balancer.name,
          plan: { price: LOAD_BALANCER_HOUR * 24 },
        }),
      ),
      single(time, {
        ...aws,
        tags,
        key: `${cluster}/control-plane`,
        service: "AmazonEKS",
        type: "EKS Cluster",
        cloudResourceId: `acme-${short}`,
        name: `acme-${short}`,
        plan: { price: management * 24 },
      }),
    ];
  });
}

function machine(node: ClusterNode) {
  return {
    type: "Instance",
    name: node.name,
    plan: { price: node.hourly * 24, firstDay: node.sinceDay ?? 0 },
    extra: { meta: machineMeta({ name: node.flavor, cpus: node.cpus, gib: node.gib }, node.spot) },
  };
}

/** A commitment, a credit, and a training run that somebody forgot. */
function unusualCharges(time: DemoTime): DemoResource[] {
  const backOffice = { cloud: "aws", region: null, pool: "Back office", owner: "Kira Template" } as const;
  return [
    single(time, {
      ...backOffice,
      key: "savings-plan",
      service: "SavingsPlans",
      type: "Savings Plan",
      cloudResourceId: demoId("savings-plan"),
      name: "Compute savings plan, one year",
      plan: { price: 96 },
    }),
    single(time, {
      ...backOffice,
      key: "credit",
      service: "AWSCredits",
      type: "Credit",
      cloudResourceId: demoId("credit"),
      name: "Promotional credit",
      plan: { price: -2_400, firstDay: DEMO_DAYS - 18, lastDay: DEMO_DAYS - 18 },
    }),
    single(time, {
      key: "training",
      cloud: "aws",
      region: "us-east-1",
      pool: "Vision models",
      owner: "Jonas Testcase",
      service: "AmazonSageMaker",
      type: "Training Job",
      cloudResourceId: "acme-vision-training-17",
      name: "vision-training-17",
      plan: { price: 2_150, firstDay: DEMO_DAYS - 26, lastDay: DEMO_DAYS - 24, noise: 0.05 },
      tags: { team: "vision-models", env: "development" },
    }),
  ];
}

/** Clusters in OptScale's sense: machines with the same tag, shown as one row. */
function renderFarms(time: DemoTime): DemoResource[] {
  const type = "Render farm";
  return ["factory-twin", "product-tour"].flatMap((job) => {
    const clusterId = demoId(`cluster/${job}`);
    const common = {
      cloud: "aws",
      region: "eu-west-1",
      pool: "Vision models",
      owner: "Jonas Testcase",
      service: "AmazonEC2",
      tags: { "render-job": job, team: "vision-models" },
    } as const;
    const flavor = EC2_FLAVORS.find(({ name }) => name === "g5.xlarge")!;
    const { document, plan } = single(time, {
      ...common,
      key: job,
      type,
      cloudResourceId: `${type}/${job}`,
      name: job,
      plan: { price: 0 },
    });
    // A cluster's record belongs to the organization, not to an account, and has no place or service of its own.
    const { cloud_account_id: _, service_name: __, meta: ___, ...rest } = document;
    const record = {
      ...rest,
      id: clusterId,
      organization_id: DEMO_ORGANIZATION.id,
      cluster_type_id: demoId(`cluster-type/${type}`),
      region: null,
    };
    const members = Array.from({ length: 6 }, (_, index) => {
      const key = `${job}/${index}`;
      const isMachine = index < 4;
      return single(time, {
        ...common,
        key,
        type: isMachine ? "Instance" : "Volume",
        cloudResourceId: `${isMachine ? "i" : "vol"}-0${demoHex(key, 16)}`,
        name: `${job}-${index + 1}`,
        plan: { price: isMachine ? flavor.hourly * 24 : 1.9, weekend: isMachine ? 0.35 : 1, noise: 0.08 },
        extra: { cluster_id: clusterId, ...(isMachine && { meta: machineMeta(flavor) }) },
      });
    });
    return [{ document: record, plan }, ...members];
  });
}

/** Test cells that teams book: shared, without a price. */
function environments(time: DemoTime): DemoResource[] {
  return ["Test cell 1", "Test cell 2"].map((name) =>
    single(time, {
      key: name,
      cloud: "environments",
      service: "Environment",
      type: "Robot test cell",
      cloudResourceId: name.toLowerCase().replaceAll(" ", "-"),
      name,
      region: null,
      pool: "Robot firmware",
      owner: "Esra Fixture",
      plan: { price: 0 },
      extra: { is_environment: true, shareable: true, service_name: null },
    }),
  );
}
