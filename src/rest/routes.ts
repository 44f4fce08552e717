import type { Endpoint } from "./endpoint.js";
import { pathSegment } from "./query-arguments.js";

export interface RestRoute {
  readonly endpoint: Endpoint;
  /** The path's segments by name, decoded, or null when it is another path. */
  match(path: string): Record<string, string> | null;
}

/** Paths as the original matches them: exactly, segments not empty, no trailing slash. */
export function restRoutes(endpoints: readonly Endpoint[], base: string): RestRoute[] {
  return endpoints.map((endpoint) => {
    const names = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
    const pattern = new RegExp(`^${base}${endpoint.path.replace(/\{\w+\}/g, "([^/]+)")}$`);
    return {
      endpoint,
      match(path) {
        const found = pattern.exec(path);
        return found && Object.fromEntries(names.map((name, index) => [name, pathSegment(found[index + 1] as string)]));
      },
    };
  });
}
