export interface ImportProgress {
  /** What is being done, for a person: "reading", "storing", ... */
  readonly phase: string;
  /** How much of it is done, in `unit`. */
  readonly done: number;
  /** How much there is in all, when that is known. */
  readonly total?: number;
  readonly unit: "rows" | "bytes" | "steps";
}

export interface ImportOptions {
  /** Called now and then while an import runs. */
  readonly progress?: ((progress: ImportProgress) => void) | undefined;
}
