import { currentRequest } from "../request-record.js";
import type { Principal } from "./principal.js";

/** Puts who is asking into the request's line in the log: the kind and, of a token, what recognises but does not open. */
export function notePrincipal(principal: Principal): Principal {
  const request = currentRequest();
  if (request !== undefined) {
    request.principal =
      principal.kind === "service" ? { kind: "service" } : { kind: principal.kind, id: principal.tokenFingerprint };
  }
  return principal;
}
