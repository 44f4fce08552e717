import { Counter, type Registry } from "prom-client";

/** What Prometheus wrote by remote_write. */
export class SampleMetrics {
  readonly #samples;
  readonly #writes;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#samples = new Counter({
      name: "expense_gateway_remote_write_samples_total",
      help: "Samples received: accepted are stored, refused have a time that is not kept.",
      labelNames: ["outcome"],
      registers,
    });
    this.#writes = new Counter({
      name: "expense_gateway_remote_write_requests_total",
      help: "Writes received: stored, refused (wrong in part or whole: Prometheus does not repeat it), failed (it does).",
      labelNames: ["outcome"],
      registers,
    });
    for (const outcome of ["accepted", "refused"]) this.#samples.inc({ outcome }, 0);
    for (const outcome of ["stored", "refused", "failed"]) this.#writes.inc({ outcome }, 0);
  }

  received(accepted: number, refused: number): void {
    this.#samples.inc({ outcome: "accepted" }, accepted);
    this.#samples.inc({ outcome: "refused" }, refused);
  }

  answered(status: number): void {
    this.#writes.inc({ outcome: status < 300 ? "stored" : status < 500 ? "refused" : "failed" });
  }
}
