import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const program = resolve(import.meta.dirname, "../../../dist/main.js");

/** The built gateway with its demo data, as `npm start` runs it, in a data directory and on a port of its own. */
export class DemoGateway implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
    readonly url: string,
    readonly token: string,
  ) {}

  static async start(environment: Record<string, string> = {}): Promise<DemoGateway> {
    const directory = await mkdtemp(join(tmpdir(), "gateway-web-demo-"));
    const child = spawn(process.execPath, [program, "serve"], {
      env: {
        PATH: process.env.PATH,
        HOME: directory,
        PORT: "0",
        DATA_DIR: directory,
        LOG_LEVEL: "error",
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const link = await new Promise<RegExpExecArray>((found, fail) => {
      const read = (chunk: Buffer) => {
        output += chunk.toString();
        const match = /(http:\/\/[^\s/]+)\/#token=(\S+)/.exec(output);
        if (match !== null) found(match);
      };
      child.stdout?.on("data", read);
      child.stderr?.on("data", read);
      child.once("exit", (code) => fail(new Error(`The gateway ended with ${code}:\n${output}`)));
    });
    return new DemoGateway(child, directory, link[1] as string, link[2] as string);
  }

  /** The link that the gateway prints, with a view's query where one is given. */
  link(path = "/"): string {
    return `${this.url}${path}#token=${this.token}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = once(this.child, "exit");
      this.child.kill("SIGTERM");
      await ended;
    }
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
