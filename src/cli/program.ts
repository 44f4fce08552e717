import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { type Config, describeVariables, loadConfig } from "../config.js";
import type { FocusImport } from "../imports/focus.js";
import { focusCostColumns } from "../imports/focus-columns.js";
import { type EpochSeconds, now } from "../time.js";
import type { ClusterAddOptions } from "./cluster-add.js";
import type { ClusterSetOptions } from "./cluster-set.js";
import { expiryOf } from "./expiry.js";
import type { TokenCreateOptions } from "./token-create.js";

/** The command line. Each command loads its own module only when it runs, so that `--help` is instant. */
export function createProgram(): Command {
  const program = new Command("expense-gateway")
    .description("What an organization spends, on its clouds and its Kubernetes clusters.")
    .version(version())
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`expense-gateway: ${text.replace(/^error: /, "")}`),
    })
    .showSuggestionAfterError()
    .addHelpText("after", `\n${environmentHelp()}`);

  program
    .command("serve")
    .description("run the gateway until Ctrl-C; empty embedded stores get the demo organization first")
    .action(withConfig(async (config) => (await import("./serve.js")).serve(config)));

  const imports = program.command("import").description("load expenses from files");
  imports
    .command("focus")
    .description("FOCUS 1.0 to 1.3 cost-and-usage files: CSV or Parquet, plain or gzip, of any provider")
    .argument("<file...>", "the files of one import")
    .requiredOption("--organization <name>", "the organization that the charges belong to; made if there is none")
    .option("--currency <code>", "take only the charges in this currency (ISO 4217)")
    .addOption(new Option("--cost <column>", "the cost that counts").choices(focusCostColumns).default("EffectiveCost"))
    .action(
      withConfig(async (config, files: string[], options: Omit<FocusImport, "files">) =>
        (await import("./import-focus.js")).importFocusFiles(config, files, options),
      ),
    );
  imports
    .command("snapshot")
    .description("organizations, accounts, resources and expenses from one JSON file")
    .argument("<file.json>", "the file")
    .action(
      withConfig(async (config, file: string) => (await import("./import-snapshot.js")).importSnapshot(config, file)),
    );

  program
    .command("demo")
    .description("load the demo organization, or bring it up to today")
    .action(withConfig(async (config) => (await import("./demo.js")).demo(config)));

  program
    .command("token")
    .description("manage API tokens")
    .command("create")
    .description("make an API token and print it, the only time that it can be seen")
    .requiredOption("--organization <id...>", "the organizations that it opens")
    .option("--name <name>", "what it is for")
    .option(
      "--expires <when>",
      "12h, 30d, 2027-01-31 or 2027-01-31T12:00:00Z; without it the token never expires",
      expiry,
    )
    .action(
      withConfig(async (config, options: TokenCreateOptions) =>
        (await import("./token-create.js")).createToken(config, options),
      ),
    );

  program
    .command("doctor")
    .description(
      "check everything that the configuration names, as a start would open it; exit code 1 if something fails",
    )
    .action(
      withConfig(async (config) => {
        if (!(await (await import("./doctor/doctor.js")).doctor(config))) process.exitCode = 1;
      }),
    );

  const cluster = program.command("cluster").description("manage what is kept of Kubernetes clusters");
  withClusterSettings(
    cluster
      .command("add")
      .description("connect a Kubernetes cluster to an organization, and print its cloud account's id")
      .argument("<name>", "what it is called")
      .requiredOption("--organization <id>", "the organization that it belongs to"),
  ).action(
    withConfig(async (config, name: string, options: ClusterAddOptions) =>
      (await import("./cluster-add.js")).addCluster(config, name, options),
    ),
  );
  withClusterSettings(
    cluster
      .command("set")
      .description("set the currency of a cluster's costs, or what its Prometheus writes with")
      .argument("<cloud account id>", "the id of a Kubernetes cloud account"),
  ).action(
    withConfig(async (config, id: string, options: ClusterSetOptions) =>
      (await import("./cluster-set.js")).setCluster(config, id, options),
    ),
  );

  program
    .command("metroculus")
    .description("run the built-in Metroculus alone: remote_write receiver and cluster costs")
    .action(withConfig(async (config) => (await import("./metroculus.js")).metroculus(config)));

  return program;
}

function withClusterSettings(command: Command): Command {
  return command
    .option("--currency <code>", "what its costs are in (ISO 4217), where Metroculus does not say it")
    .option("--metrics-username <name>", "the user name of its Prometheus's remote_write")
    .option("--metrics-password-file <path>", "the file with its password; - reads standard input");
}

/** Reads the configuration before the command's module is loaded: a bad value is told at once. */
function withConfig<Arguments extends unknown[]>(run: (config: Config, ...args: Arguments) => Promise<void>) {
  return (...args: Arguments): Promise<void> => run(loadConfig(process.env), ...args);
}

function expiry(text: string): EpochSeconds {
  const instant = expiryOf(text, now());
  if (instant === null)
    throw new InvalidArgumentError("Give a moment to come: 12h, 30d, 2027-01-31 or 2027-01-31T12:00:00Z.");
  return instant;
}

function environmentHelp(): string {
  const variables = describeVariables();
  const width = Math.max(...variables.map(({ name }) => name.length));
  const lines = variables.map(
    ({ name, takes, fallback }) =>
      `  ${name.padEnd(width)}  ${takes}${fallback === undefined ? "" : ` (default: ${fallback})`}`,
  );
  return ["Environment variables, all optional:", ...lines].join("\n");
}

function version(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
