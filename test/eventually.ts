import { vi } from "vitest";

/** Waits until the assertion holds, for as long as a busy machine may need, and resolves to what it gives. */
export function eventually<T>(
  assertion: () => T | Promise<T>,
  { timeout = 60_000, interval = 25 }: { readonly timeout?: number; readonly interval?: number } = {},
): Promise<T> {
  return vi.waitFor(assertion, { timeout, interval });
}
