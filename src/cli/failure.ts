import { CommanderError } from "commander";
import type { Environment } from "../config.js";
import { GatewayError } from "../errors.js";
import { withoutCredentials } from "../redaction.js";

/** 0: help or version was asked for; 1: it did not work; 2: the command line itself is wrong. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return 1;
}

/** Says on standard error what went wrong: one line, and where it came from only at LOG_LEVEL debug or trace. */
export function report(error: unknown, environment: Environment): void {
  // Commander has written its own line already.
  if (error instanceof CommanderError) return;
  process.stderr.write(`expense-gateway: ${sentence(error)}\n`);
  if (!/^(debug|trace)$/.test(environment.LOG_LEVEL ?? "")) return;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    process.stderr.write(`${withoutCredentials(cause.stack ?? cause.message)}\n`);
  }
}

function sentence(error: unknown): string {
  if (error instanceof GatewayError) return error.message;
  const text = error instanceof Error ? error.message : String(error);
  const line = text.split("\n").find((part) => part.trim() !== "") ?? "no message";
  return `unexpected error: ${withoutCredentials(line.trim())} (LOG_LEVEL=debug shows where)`;
}
