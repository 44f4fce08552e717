/** What a check found: one line each. */
export interface Finding {
  /** `none`: there is nothing to check. Only `fail` makes the whole fail. */
  readonly state: "ok" | "warn" | "fail" | "none";
  /** What was found; for warn and fail, what to do about it. */
  readonly text: string;
}

export interface Check {
  /** What is checked, in a word or two. */
  readonly name: string;
  /** Rejects with what is wrong; a GatewayError's message is shown, anything else only by its code. */
  readonly run: () => Promise<Finding>;
}

export const ok = (text: string): Finding => ({ state: "ok", text });
export const warn = (text: string): Finding => ({ state: "warn", text });
export const fail = (text: string): Finding => ({ state: "fail", text });
export const none = (text: string): Finding => ({ state: "none", text });
