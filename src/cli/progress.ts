import { clearLine, cursorTo } from "node:readline";
import type { WriteStream } from "node:tty";

/** Tells the person at the terminal how far long work has come. */
export interface Progress extends Disposable {
  /** @param share 0 to 1, where it is known */
  update(step: string, share?: number): void;
}

const BAR_WIDTH = 24;
/** Without a terminal a line is written this often, so none for what is done quickly. Milliseconds. */
const LINE_INTERVAL = 5_000;

/** One line on a terminal, rewritten in place and removed at the end; few plain lines where there is none. */
export function createProgress(title: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? terminalProgress(title, stream) : plainProgress(title, stream);
}

function terminalProgress(title: string, stream: WriteStream): Progress {
  const clear = () => {
    cursorTo(stream, 0);
    clearLine(stream, 0);
  };
  return {
    update(step, share) {
      const bar = share === undefined ? "" : ` ${drawBar(share)}`;
      clear();
      // A line that wraps could not be rewritten.
      stream.write(`${title}${bar} ${step}`.slice(0, (stream.columns || 80) - 1));
    },
    [Symbol.dispose]: clear,
  };
}

function plainProgress(title: string, stream: NodeJS.WritableStream): Progress {
  let writtenAt = performance.now();
  return {
    update(step, share) {
      if (performance.now() - writtenAt < LINE_INTERVAL) return;
      writtenAt = performance.now();
      stream.write(`${title}: ${step}${share === undefined ? "" : ` (${percent(share)})`}\n`);
    },
    [Symbol.dispose]() {},
  };
}

function drawBar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return `[${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}] ${percent(share)}`;
}

function percent(share: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, share)) * 100)} %`;
}
