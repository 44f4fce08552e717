import { z } from "zod";
import { cloudType, ids, named, poolPurpose } from "./shared.js";

const ofCloud = z.array(
  z.strictObject({ name: z.string(), cloud_type: cloudType.nullable() }).or(z.string()).nullable(),
);
/** A reference to a deleted object is shown as its id. */
const reference = (entity: z.ZodType) => z.array(z.union([entity, z.string()]).nullable());
const ends = z.array(
  z.union([z.strictObject({ name: z.string(), cloud_type: cloudType.nullable() }), z.literal("ANY")]),
);
const flag = z.array(z.boolean());

export const availableFiltersSchema = z.strictObject({
  filter_values: z.strictObject({
    cloud_account: reference(named.extend({ type: cloudType })),
    owner: reference(named),
    pool: reference(named.extend({ purpose: poolPurpose })),
    region: ofCloud.optional(),
    service_name: ofCloud.optional(),
    k8s_node: ofCloud.optional(),
    k8s_namespace: ofCloud.optional(),
    k8s_service: ofCloud.optional(),
    resource_type: z
      .array(z.strictObject({ name: z.string().nullable(), type: z.enum(["regular", "cluster", "environment"]) }))
      .optional(),
    tag: z.array(z.string()).optional(),
    without_tag: z.array(z.string()).optional(),
    active: flag.optional(),
    recommendations: flag.optional(),
    constraint_violated: flag.optional(),
    traffic_from: ends.optional().describe("Only when there was traffic."),
    traffic_to: ends.optional().describe("Only when there was traffic."),
  }),
});

export const availableFiltersExample = {
  filter_values: {
    cloud_account: [{ id: ids.account, name: "Acme production", type: "aws_cnr" }],
    owner: [{ id: ids.owner, name: "Ada Example" }],
    pool: [{ id: ids.pool, name: "Acme", purpose: "business_unit" }],
    region: [{ name: "eu-central-1", cloud_type: "aws_cnr" }],
    service_name: [{ name: "AmazonEC2", cloud_type: "aws_cnr" }],
    k8s_node: [null],
    k8s_namespace: [null],
    k8s_service: [null],
    resource_type: [{ name: "Instance", type: "regular" }],
    tag: ["team"],
    without_tag: ["team"],
    active: [true],
    recommendations: [false],
    constraint_violated: [false],
  },
};
