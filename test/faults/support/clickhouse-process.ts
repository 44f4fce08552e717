import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

/** A real ClickHouse engine behind HTTP, in a process of its own, which can be treated as badly as any other. */
export interface ClickHouseProcess extends AsyncDisposable {
  readonly url: string;
  /** Keeps the next statement without an answer. */
  holdNext(): Promise<Arrival>;
  /** Sends half of the next answer that has rows, and no more. */
  halveNext(): Promise<Arrival>;
  /** As a machine that fails would. */
  kill(): Promise<void>;
  /** Holds it still, as a machine without memory would be; `false` lets it go on. */
  freeze(frozen: boolean): void;
}

export interface Arrival {
  /** When what was waited for has come. */
  readonly came: Promise<void>;
}

/** @param port 0 for any free one; the files are the caller's */
export async function clickHouseProcess(path: string, port = 0): Promise<ClickHouseProcess> {
  const child = spawn(
    process.execPath,
    [
      resolve(import.meta.dirname, "../../typescript.js"),
      resolve(import.meta.dirname, "clickhouse-main.ts"),
      path,
      String(port),
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("ClickHouse ended.");
    return value;
  };
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  const told = async (word: string): Promise<Arrival> => {
    child.stdin.write(`${word}\n`);
    if ((await said()) !== `${word} armed`) throw new Error("It did not understand.");
    return { came: said().then(() => undefined) };
  };
  const url = await said();
  return {
    url,
    holdNext: () => told("hold"),
    halveNext: () => told("halve"),
    kill,
    freeze: (frozen) => void child.kill(frozen ? "SIGSTOP" : "SIGCONT"),
    [Symbol.asyncDispose]: kill,
  };
}
