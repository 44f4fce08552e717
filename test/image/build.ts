import { execFile } from "node:child_process";
import { lstat, mkdir, readdir, readFile, readlink, rm, symlink, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { type Copy, DockerfileParser, type Instruction, JSONInstruction } from "dockerfile-ast";

const execute = promisify(execFile);

/** A directory that stands for the root of a file system, and what the Dockerfile says of it. */
export interface Image {
  readonly root: string;
  readonly workingDirectory: string;
  /** As Docker would set it, PATH included; paths in it lie below `root`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  /** ENTRYPOINT and CMD, as arguments. */
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

export interface BuildOptions {
  readonly context: string;
  /** An empty directory for the stages. */
  readonly into: string;
  readonly buildArguments?: Readonly<Record<string, string>>;
  /** What to run in place of a RUN's command, as far as there is something quicker. */
  readonly instead?: (command: string) => string;
}

type Stage = { -readonly [Key in keyof Image]: Image[Key] };

/**
 * Does what a Dockerfile says without a Docker engine: a stage is a directory, and absolute paths in its steps are moved
 * below it. The base image is empty; this machine's programs stand for what it brings.
 * @returns the last stage
 * @throws Error naming the step that failed, or an instruction that this cannot do
 */
export async function buildImage(options: BuildOptions): Promise<Image> {
  const dockerfile = DockerfileParser.parse(await readFile(join(options.context, "Dockerfile"), "utf8"));
  const context = await contextOf(options);
  const stages = new Map<string, Stage>();
  const declared: Record<string, string> = {};
  let stage: Stage | undefined;
  for (const instruction of dockerfile.getInstructions()) {
    const keyword = instruction.getKeyword();
    const words = instruction.getArguments().map((argument) => argument.getValue());
    if (keyword === "FROM") {
      const [from = "", , name = `stage-${stages.size}`] = words;
      stage = await stageFrom(stages.get(from), join(options.into, name));
      stages.set(name, stage);
      continue;
    }
    if (keyword === "ARG") {
      const [name = "", fallback = ""] = (words[0] ?? "").split("=");
      declared[name] = options.buildArguments?.[name] ?? fallback;
      continue;
    }
    if (stage === undefined) throw new Error(`${keyword} comes before FROM.`);
    await step(instruction, keyword, words, stage, { ...options, context, stages, declared });
  }
  if (stage === undefined) throw new Error("The Dockerfile has no stage.");
  return stage;
}

interface Surroundings extends BuildOptions {
  readonly stages: ReadonlyMap<string, Stage>;
  readonly declared: Readonly<Record<string, string>>;
}

async function step(instruction: Instruction, keyword: string, words: string[], stage: Stage, around: Surroundings) {
  switch (keyword) {
    case "WORKDIR":
      stage.workingDirectory = words[0] ?? "/";
      await mkdir(stage.root + stage.workingDirectory, { recursive: true });
      break;
    case "ENV": {
      const given = words.map((word) => word.split("=") as [string, string]);
      stage.environment = { ...stage.environment, ...Object.fromEntries(given.map(([k, v]) => [k, inside(v, stage)])) };
      break;
    }
    case "COPY": {
      const from = (instruction as Copy).getFromFlag()?.getValue();
      const base = from ? around.stages.get(from)?.root : around.context;
      if (base === undefined) throw new Error(`COPY from an unknown stage ${from}.`);
      const target = resolve(stage.root + stage.workingDirectory, words.at(-1) ?? "");
      const isDirectory = words.at(-1)?.endsWith("/");
      for (const source of words.slice(0, -1))
        await copy(join(base, source), isDirectory ? join(target, basename(source)) : target);
      break;
    }
    case "RUN":
      await runStep(instruction.getArgumentsContent() ?? "", stage, around);
      break;
    case "USER":
      stage.user = words[0];
      break;
    case "ENTRYPOINT":
    case "CMD":
      stage.command = [...(keyword === "CMD" ? stage.command : []), ...execForm(instruction)];
      break;
    case "HEALTHCHECK":
      stage.healthCheck = JSON.parse((instruction.getArgumentsContent() ?? "").replace(/^.*?CMD /s, ""));
      break;
    case "VOLUME":
    case "EXPOSE":
      break;
    default:
      throw new Error(`${keyword} is an instruction that this does not know.`);
  }
}

/** Owners and modes stay, as they do when root builds. */
async function copy(source: string, target: string) {
  await mkdir(dirname(target), { recursive: true });
  await execute("cp", ["-aT", source, target]);
}

async function runStep(command: string, stage: Stage, { instead = (unchanged) => unchanged, declared }: Surroundings) {
  // npm tells what it runs, such as these tests, where it runs; the steps run elsewhere.
  const { npm_config_local_prefix: _, npm_config_global_prefix: __, ...machine } = process.env;
  // --prefer-offline: the packages of this machine's own installation are at hand.
  const npm = { npm_config_prefix: join(stage.root, "usr/local"), npm_config_prefer_offline: "true" };
  // Prisma's reader of configurations would leave a cache among the temporary files.
  const tidy = { JITI_FS_CACHE: "false" };
  try {
    await execute("sh", ["-ec", inside(instead(command), stage)], {
      cwd: stage.root + stage.workingDirectory,
      env: { ...machine, ...npm, ...tidy, ...declared, ...stage.environment },
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    throw new Error(`RUN ${command}\n${(error as { stderr?: string }).stderr}`, { cause: error });
  }
}

/** Absolute paths of the image as they are on this machine. */
function inside(text: string, { root }: Pick<Stage, "root">): string {
  return text.replaceAll(/(?<![\w.:/-])\/(?=(?:app|data|usr)\b)/g, `${root}/`);
}

function execForm(instruction: Instruction): string[] {
  const strings = instruction instanceof JSONInstruction ? instruction.getJSONStrings() : [];
  if (strings.length === 0) throw new Error(`${instruction.getKeyword()} would run a shell.`);
  return strings.map((argument) => argument.getJSONValue());
}

async function stageFrom(base: Stage | undefined, root: string): Promise<Stage> {
  const bin = join(root, "usr/local/bin");
  await mkdir(bin, { recursive: true });
  const PATH = `${bin}:${process.env.PATH}`;
  if (base === undefined) {
    return { root, workingDirectory: "/", environment: { PATH }, user: undefined, command: [], healthCheck: [] };
  }
  await copy(base.root, root);
  await moveLinks(bin, base.root, root);
  return { ...base, root, environment: { ...base.environment, PATH } };
}

/** Links of a stage that name its root have to name that of its copy. */
async function moveLinks(directory: string, from: string, to: string) {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (!(await lstat(path)).isSymbolicLink()) continue;
    const target = await readlink(path);
    if (!target.startsWith(from)) continue;
    await unlink(path);
    await symlink(to + target.slice(from.length), path);
  }
}

/** What .dockerignore lets a build see: all but `*` is left out, then `!` admits, then what follows leaves out again. */
async function contextOf({ context, into }: BuildOptions): Promise<string> {
  const seen = join(into, "context");
  const rules = (await readFile(join(context, ".dockerignore"), "utf8"))
    .split("\n")
    .filter((line) => /^[^#\s]/.test(line));
  if (rules[0] !== "*") throw new Error(".dockerignore does not begin by leaving out everything.");
  for (const rule of rules.slice(1)) {
    if (rule.startsWith("!")) await copy(join(context, rule.slice(1)), join(seen, rule.slice(1)));
    else await rm(join(seen, rule), { recursive: true, force: true });
  }
  return seen;
}
