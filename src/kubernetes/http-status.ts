import { type CallResult, failed } from "./call-result.js";

/** What an HTTP status of Metroculus means, or null when its body is to be read. */
export function refusalOf(statusCode: number): CallResult | null {
  if (statusCode >= 200 && statusCode < 300) return null;
  if (statusCode < 400) {
    return failed(
      "MALFORMED",
      "REDIRECTED",
      `Metroculus redirects (HTTP ${statusCode}), which is not followed, because the secret would go along: point METROCULUS_URL at its final address.`,
    );
  }
  switch (statusCode) {
    case 401:
    case 403:
      return failed(
        "UNAUTHORIZED",
        "SECRET_REFUSED",
        `Metroculus refuses the gateway's secret (HTTP ${statusCode}): an operator has to set CLUSTER_SECRET to Metroculus's own.`,
      );
    case 404:
    case 405:
      return failed(
        "UNAVAILABLE",
        "ENDPOINT_NOT_DEPLOYED",
        `This Metroculus does not have the endpoint (HTTP ${statusCode}): it is an older version, or METROCULUS_URL points elsewhere.`,
      );
    case 503:
      return failed("UNAVAILABLE", "UPSTREAM_OVERLOADED", "Metroculus is not available at the moment (HTTP 503).");
    case 408:
    case 429:
      return failed("UNAVAILABLE", "UPSTREAM_ERROR", `Metroculus asks to come back later (HTTP ${statusCode}).`);
    default:
      return statusCode < 500
        ? failed(
            "UNAVAILABLE",
            "REQUEST_REFUSED",
            `Metroculus refuses the request (HTTP ${statusCode}): is the account's id one that it accepts?`,
          )
        : failed("UNAVAILABLE", "UPSTREAM_ERROR", `Metroculus failed (HTTP ${statusCode}): see its log.`);
  }
}
