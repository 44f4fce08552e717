import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";

/** Who asks: whoever is connected, or whom a proxy of TRUSTED_PROXIES names. What it names may be anything but an address. */
export function clientAddress({ ip, socket }: Pick<FastifyRequest, "ip" | "socket">): string {
  return isIP(ip) ? ip : (socket.remoteAddress ?? "");
}
