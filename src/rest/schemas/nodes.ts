import { z } from "zod";
import { seconds } from "./shared.js";

export const nodesSchema = z.strictObject({
  nodes: z.array(
    z.strictObject({
      name: z.string(),
      provider_id: z
        .string()
        .nullable()
        .describe(
          "As Kubernetes writes it; its last segment is the `cloud_resource_id` of the node's row in the bill.",
        ),
      provider: z.string().nullable().describe("Of the provider's id: `aws`, `azure`, `gce`, …"),
      flavor: z.string().nullable().describe("The cloud's name for the node's size."),
      cpu: z.null().describe("Not known."),
      memory: z.null().describe("Not known."),
      hourly_price: z.number().nullable().describe("In the cluster's currency."),
      last_seen: seconds.nullable().describe("When the last sample of it was taken: seconds since the epoch, UTC."),
    }),
  ),
});

export const nodesExample = {
  nodes: [
    {
      name: "ip-10-0-0-1.eu-central-1.compute.internal",
      provider_id: "aws:///eu-central-1a/i-0123456789abcdef0",
      provider: "aws",
      flavor: "m5.large",
      cpu: null,
      memory: null,
      hourly_price: 0.115,
      last_seen: 1643673600,
    },
  ],
};
