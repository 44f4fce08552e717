import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const built: readonly string[] = [process.execPath, resolve(import.meta.dirname, "../../dist/main.js")];

export interface Outcome {
  /** Null when a signal ended it, or when it could not be started, as stderr then says. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built program, running, or another command. Disposing kills what is left of it. */
export class CommandLine implements AsyncDisposable {
  stdout = "";
  stderr = "";
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;

  constructor(
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    { command = built, ...options }: SpawnOptions & { readonly command?: readonly string[] } = {},
  ) {
    // Nothing of the surroundings' configuration may reach it.
    const { PATH = "", HOME = "" } = process.env;
    const [file = "", ...first] = command;
    this.child = spawn(file, [...first, ...args], {
      ...options,
      env: { PATH, HOME, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => {
      this.child.once("close", (code) => resolve(code));
      this.child.once("error", (error) => {
        this.stderr += `${error.message}\n`;
        resolve(null);
      });
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  async outcome(): Promise<Outcome> {
    return { code: await this.ended, stdout: this.stdout, stderr: this.stderr };
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Waits until standard output says this. @throws Error when the program ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    let isOver = false;
    void this.ended.then(() => {
      isOver = true;
    });
    for (;;) {
      const found = pattern.exec(this.stdout);
      if (found) return found;
      if (isOver) throw new Error(`It ended without saying ${pattern}:\n${this.stdout}\n${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}

/** What the log says beside one line for each request. */
export function besideRequests(stderr: string): string {
  return stderr.replace(/^\{"level":30,.*"msg":"request"\}\n/gm, "");
}

/** Runs a command to its end. */
export async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  command = built,
): Promise<Outcome> {
  await using program = new CommandLine(args, environment, { command });
  return await program.outcome();
}

/** Starts the gateway and waits until it listens. */
export async function startGateway(
  environment: Readonly<Record<string, string>>,
  command = built,
): Promise<{ gateway: CommandLine; url: string }> {
  const gateway = new CommandLine(["serve"], { PORT: "0", ...environment }, { command });
  try {
    const [, url] = await gateway.says(/listens on (\S+)[\s\S]*\n\n$/);
    return { gateway, url: url as string };
  } catch (error) {
    await gateway[Symbol.asyncDispose]();
    throw error;
  }
}

/** A directory that vanishes at the end. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "gateway-cli-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
