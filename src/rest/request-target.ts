import type { FastifyRequest } from "fastify";

/** What v2 paths are matched against and passed on: path and query as they were sent, undecoded. */
export function requestTarget({ originalUrl }: Pick<FastifyRequest, "originalUrl">): string {
  return originForm(originalUrl);
}

/** A client that takes this server for its proxy sends the whole URL, which has to do as well (RFC 9112 §3.2.2). */
export function originForm(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*(?=\/)/i, "");
}
