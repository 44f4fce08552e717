import { z } from "zod";
import type { JsonMember } from "./json-members.js";
import { type CleanRow, cleanRow } from "./rows.js";

/** Figures of a `clean_expenses` answer: of everything that matches, the cloud bill alone. */
export interface CloudFigures {
  readonly count: number;
  readonly cost: number;
}

/** What a CloudTuner adds to the answer, and to its total, when it has joined Kubernetes costs itself. */
const k8sCosts = z.looseObject({ k8s_total_cost: z.number() }).nullable();

/** Collects the members of a `clean_expenses` answer that are not its rows. */
export class FiguresOfAnswer {
  readonly #values = new Map<string, unknown>();

  add({ key, text }: JsonMember): void {
    if (key === "total_count" || key === "total_cost" || key === "k8s_costs") this.#values.set(key, parsed(text));
  }

  /** @returns undefined when the answer lacks them or they are no numbers. */
  get figures(): CloudFigures | undefined {
    const count = z.number().safeParse(this.#values.get("total_count"));
    const cost = z.number().safeParse(this.#values.get("total_cost"));
    const joined = k8sCosts.safeParse(this.#values.get("k8s_costs") ?? null);
    if (!count.success || !cost.success || !joined.success) return undefined;
    return { count: count.data, cost: cost.data - (joined.data?.k8s_total_cost ?? 0) };
  }
}

/** @returns undefined when it is no row of `clean_expenses`. */
export function rowOf({ text }: JsonMember): CleanRow | undefined {
  const row = cleanRow.safeParse(parsed(text));
  return row.success ? row.data : undefined;
}

function parsed(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
