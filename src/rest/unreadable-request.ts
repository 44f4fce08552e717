import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { GatewayError } from "../errors.js";
import { securityHeaders } from "../security-headers.js";
import { JSON_TYPE } from "./endpoint.js";
import { asRestError, PlainHttpError } from "./errors.js";

/** Node's name for a head that is too large. Everything else that goes wrong before there is a request is no HTTP. */
const HEAD_TOO_LARGE = "HPE_HEADER_OVERFLOW";

/**
 * Answers what cannot be read as a request, and hangs up. It has no path yet, so all of it is told in the form that v2
 * clients know: their queries of thousands of ids are what grows beyond the limit of a request's head.
 */
export function answerUnreadableRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const failure =
    error instanceof GatewayError ? asRestError(error) : new PlainHttpError(error.code === HEAD_TOO_LARGE ? 431 : 400);
  const { status } = failure;
  const body = JSON.stringify(failure.envelope);
  if (socket.writable) {
    const headers = {
      ...securityHeaders,
      "Content-Length": Buffer.byteLength(body),
      "Content-Type": JSON_TYPE,
      Connection: "close",
    };
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join("")}\r\n${body}`);
  }
  socket.destroy(error);
}
