import { z } from "zod";
import type { ClusterReading } from "./judging.js";

const known = z.number().nullable();

/** A reading with figures, as it was written; those without are not kept. */
const reading = z.object({
  cloudAccountId: z.string(),
  window: z.object({ start: z.number(), end: z.number() }),
  status: z.enum(["OK", "ZERO", "PARTIAL"]),
  cost: z.number(),
  components: z.object({
    management: known,
    cpu: known,
    ram: known,
    pv: known,
    network: known,
    loadBalancer: known,
    unattributed: known,
  }),
  efficiency: z.object({ cpu: known, ram: known, total: known }).nullable(),
  method: z.enum(["MANAGEMENT_ONLY", "INFRASTRUCTURE_ONLY", "ALLOCATION"]).nullable(),
  coverage: known,
  asOf: z.number(),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
  summary: z.record(z.string(), z.unknown()).nullable(),
  statedCurrency: z.string().nullable(),
}) satisfies z.ZodType<ClusterReading>;

/** A reading that went through JSON; null for anything else. What is kept outside may be of another version. */
export function revivedReading(found: unknown): ClusterReading | null {
  return reading.safeParse(found).data ?? null;
}
