import { expect, test } from "vitest";
import { describeVariables } from "../../src/config.js";
import { run } from "./command-line.js";

const commands = [
  [],
  ["serve"],
  ["import"],
  ["import", "focus"],
  ["import", "snapshot"],
  ["demo"],
  ["token"],
  ["token", "create"],
  ["cluster"],
  ["cluster", "add"],
  ["cluster", "set"],
  ["metroculus"],
];

test.each(commands.map((words) => [words.join(" "), words] as const))(
  "`%s --help` explains itself",
  async (name, words) => {
    const { code, stdout, stderr } = await run([...words, "--help"], {});
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^Usage: expense-gateway ${name}`));
  },
);

test("help ends with every environment variable, what it takes, and its default", async () => {
  const { stdout } = await run(["--help"], {});
  const [, variables = ""] = stdout.split("Environment variables");
  for (const { name, takes, fallback } of describeVariables()) {
    expect(variables).toContain(name);
    expect(variables).toContain(takes);
    if (fallback !== undefined) expect(variables).toContain(`(default: ${fallback})`);
  }
});

test.each([
  ["an unknown command", ["frobnicate"]],
  ["an unknown option", ["serve", "--frobnicate"]],
  ["a missing argument", ["import", "snapshot"]],
  ["a missing option", ["import", "focus", "bill.csv"]],
  ["a value that is no choice", ["import", "focus", "bill.csv", "--organization", "Acme", "--cost", "Dreams"]],
  ["an expiry that is no moment to come", ["token", "create", "--organization", "x", "--expires", "yesterday"]],
])("%s is a usage error: one line, exit code 2", async (_what, args) => {
  const { code, stdout, stderr } = await run(args, {});
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^expense-gateway: .+\n$/);
});

test("no command at all is a usage error that shows the help", async () => {
  const { code, stdout, stderr } = await run([], {});
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("Commands:");
});
