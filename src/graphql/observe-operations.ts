import type { ApolloServerPlugin } from "@apollo/server";
import { ApolloServerErrorCode } from "@apollo/server/errors";
import type { GraphQLError } from "graphql";
import { type ErrorCode, httpStatusOf } from "../errors.js";
import { currentRequest } from "../request-record.js";
import type { OperationStatus } from "../telemetry/graphql-metrics.js";
import type { Telemetry } from "../telemetry/telemetry.js";
import type { RequestContext } from "./context.js";
import { pageOperations } from "./page-operations.js";

/** A longer name is cut off where it is shown. */
const LONGEST_NAME = 64;

/** One operation while it is answered. */
export interface ObservedOperation {
  /** What is asked, once the document is known to be valid. */
  resolved(type: string, name: string | null | undefined): void;
  ended(errors: readonly GraphQLError[] | undefined): void;
}

/** Begins to measure and to trace an operation as a whole. */
export type ObserveOperation = () => ObservedOperation;

/** No measure a field: an answer may have a hundred thousand of them. */
export function operationObserver({ metrics, tracing }: Telemetry): ObserveOperation {
  metrics.graphql.know(pageOperations, [...Object.keys(httpStatusOf), ...Object.values(ApolloServerErrorCode)]);
  return () => {
    const startedAt = performance.now();
    const span = tracing.begin("graphql", "internal", {});
    // Of a document that is not valid the name is not known to be one.
    let shownName: string | undefined;
    return {
      resolved(type, name) {
        shownName = name?.slice(0, LONGEST_NAME);
        const record = currentRequest();
        if (record !== undefined) record.operation = shownName;
        span.rename(type);
        span.set({ "graphql.operation.type": type, "graphql.operation.name": shownName });
      },
      ended(errors) {
        const status = statusOf(errors);
        metrics.graphql.ended(shownName, status, {
          seconds: (performance.now() - startedAt) / 1000,
          authenticated: currentRequest()?.principal !== undefined,
          codes: errors?.map(({ extensions }) => extensions.code) ?? [],
        });
        if (status === "failed") span.fail(status);
        span.end();
      },
    };
  };
}

/** Observes what goes through Apollo, or goes on with what the short path began. */
export function observingOperations(observe: ObserveOperation): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart({ contextValue }) {
      const observed = contextValue.observed ?? observe();
      return {
        async didResolveOperation({ operation, operationName }) {
          observed.resolved(operation?.operation ?? "query", operationName);
        },
        async willSendResponse({ errors }) {
          observed.ended(errors);
        },
      };
    },
  };
}

function statusOf(errors: readonly GraphQLError[] | undefined): OperationStatus {
  if (errors === undefined || errors.length === 0) return "ok";
  return errors.some(({ extensions }) => isOurs(extensions.code)) ? "failed" : "refused";
}

function isOurs(code: unknown): boolean {
  if (code === undefined || code === ApolloServerErrorCode.INTERNAL_SERVER_ERROR) return true;
  return (httpStatusOf[code as ErrorCode] ?? 400) >= 500;
}
