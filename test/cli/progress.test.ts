import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createProgress } from "../../src/cli/progress.js";

function stream(terminal: { columns: number } | null) {
  const written = new PassThrough();
  return Object.assign(written, terminal && { isTTY: true, ...terminal }) as unknown as NodeJS.WriteStream &
    PassThrough;
}

const textOf = (written: PassThrough) => String(written.read() ?? "");

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a terminal shows one line that is rewritten, fits, and is gone at the end", () => {
  const terminal = stream({ columns: 60 });
  {
    using progress = createProgress("Loading", terminal);
    progress.update("first step", 0.25);
    progress.update("second step with a rather long description", 0.5);
  }
  const text = textOf(terminal);
  expect(text).not.toContain("\n");
  expect(text).toContain("[######..................] 25 % first");
  const drawn = text.split("\u001b[1G\u001b[2K");
  for (const line of drawn) expect(line.length).toBeLessThan(60);
  expect(drawn.at(-1)).toBe("");
});

test("without a terminal, quick work leaves no line and long work few", () => {
  const file = stream(null);
  using progress = createProgress("Loading", file);
  for (let second = 0; second < 20; second++) {
    progress.update("rows", second / 20);
    vi.advanceTimersByTime(1_000);
  }
  expect(textOf(file)).toBe("Loading: rows (25 %)\nLoading: rows (50 %)\nLoading: rows (75 %)\n");
});
