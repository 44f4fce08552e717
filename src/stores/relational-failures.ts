import { GatewayError } from "../errors.js";
import { Prisma, type PrismaClient } from "./generated/sqlite/client.js";

/**
 * The same client, except that a database which cannot be reached, read or written rejects with GatewayError
 * STORE_UNAVAILABLE, whatever the driver called it. What tells of the statement or its data (a duplicate, a wrong
 * argument) stays as it is.
 */
export function withNamedFailures(client: PrismaClient): PrismaClient {
  return client.$extends({
    query: { $allOperations: ({ args, query }) => query(args).catch(rethrow) },
  }) as unknown as PrismaClient;
}

function rethrow(error: unknown): never {
  if (!isOfTheStore(error)) throw error;
  throw new GatewayError(
    "STORE_UNAVAILABLE",
    "The database of organizations and accounts could not answer: try again, or see the log.",
    { cause: error },
  );
}

/** Values that do not fit, broken constraints, rows that are not there. */
const ofTheStatement = /^P20(0\d|1\d|20|25|33)$/;

/** Drivers throw errors of their own when they cannot connect, so that what is left over counts, too. */
function isOfTheStore(error: unknown): boolean {
  if (error instanceof GatewayError || error instanceof Prisma.PrismaClientValidationError) return false;
  return !(error instanceof Prisma.PrismaClientKnownRequestError && ofTheStatement.test(error.code));
}
