import { setMaxListeners } from "node:events";
import type { ServerResponse } from "node:http";
import { GatewayError } from "./errors.js";
import { currentRequest } from "./request-record.js";

/**
 * Aborts when nothing should be worked out any more: when the client goes away before it has its whole answer, or, with
 * DEADLINE_EXCEEDED, when the request has taken as long as it may. An answer that has begun is sent to its end.
 */
export function requestSignal(response: ServerResponse): AbortSignal {
  const end = new AbortController();
  // One request may run any number of queries at a time; Node would take more than ten for a leak.
  setMaxListeners(0, end.signal);
  const limit = currentRequest()?.limit;
  const timer =
    limit &&
    setTimeout(() => {
      if (!response.headersSent) end.abort(deadlineExceeded(limit.timeoutMs));
    }, limit.leftMs);
  response.once("close", () => {
    clearTimeout(timer);
    if (!response.writableFinished) end.abort();
  });
  return end.signal;
}

/** Whether a signal tells that the caller is gone, who then reads no answer; what that broke off did not fail. */
export function callerLeft(signal: AbortSignal): boolean {
  return signal.aborted && !(signal.reason instanceof GatewayError);
}

/**
 * The same promise, which is waited for no longer than the current request may take: for work that takes no signal.
 * @throws GatewayError DEADLINE_EXCEEDED
 */
export async function withinDeadline<T>(work: Promise<T>): Promise<T> {
  const limit = currentRequest()?.limit;
  if (limit === undefined || limit.isOver) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(deadlineExceeded(limit.timeoutMs)), limit.leftMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function deadlineExceeded(timeoutMs: number): GatewayError {
  return new GatewayError(
    "DEADLINE_EXCEEDED",
    `This took longer than the ${timeoutMs} ms that a request may take: ask for a shorter window, or for less of it.`,
  );
}
