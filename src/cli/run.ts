import { exitCodeOf, report } from "./failure.js";
import { createProgram } from "./program.js";

/** Runs the command that the arguments of this process name; what fails is told on standard error. */
export async function run(): Promise<void> {
  // A reader that has seen enough, such as `head`, is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });

  // What no command waits for must not end in a bare stack either.
  process.once("uncaughtException", (error) => {
    report(error, process.env);
    process.exit(1);
  });

  try {
    await createProgram().parseAsync();
  } catch (error) {
    report(error, process.env);
    process.exitCode = exitCodeOf(error);
  }
}
