import type { Services } from "../../../src/services.js";

export const ORGANIZATION: string;
export const QUERY: string;
export function inMemoryServices(): Promise<{ readonly secret: string; readonly services: Services }>;
