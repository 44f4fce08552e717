import { expect, test } from "vitest";
import { loadConfig } from "../src/config.js";

const OPTSCALE_URL = "http://restapi";
const OIDC_ISSUER = "https://id.example";

test.each<[Record<string, string>, RegExp]>([
  [{ OPTSCALE_PROXY: "true" }, /^OPTSCALE_PROXY needs OPTSCALE_URL: [^\n]+\.$/],
  [{ OPTSCALE_TIMEOUT_MS: "10" }, /^OPTSCALE_TIMEOUT_MS needs OPTSCALE_URL: [^\n]+\.$/],
  [{ OPTSCALE_URL, OPTSCALE_PROXY: "yes" }, /^OPTSCALE_PROXY .* takes true or false\.$/],
  [{ OPTSCALE_URL: "restapi" }, /^OPTSCALE_URL .* takes the base of [^\n]+\.$/],
  [{ OPTSCALE_URL, AUTH_URL: "http://auth" }, /^AUTH_URL does not go with OPTSCALE_URL: [^\n]+\.$/],
  [{ OPTSCALE_URL, OIDC_ISSUER, OIDC_AUDIENCE: "a" }, /^OIDC_ISSUER does not go with OPTSCALE_URL: [^\n]+\.$/],
  [{ OIDC_ISSUER }, /^OIDC_ISSUER needs OIDC_AUDIENCE: [^\n]+\.$/],
  [{ OIDC_AUDIENCE: "a" }, /^OIDC_AUDIENCE needs OIDC_ISSUER: [^\n]+\.$/],
  [{ OIDC_ORGANIZATIONS_CLAIM: "orgs" }, /^OIDC_ORGANIZATIONS_CLAIM needs OIDC_ISSUER: [^\n]+\.$/],
  [
    { OIDC_ISSUER, OIDC_AUDIENCE: "a", OIDC_CLOCK_TOLERANCE_SECONDS: "-1" },
    /^OIDC_CLOCK_TOLERANCE_SECONDS .* takes seconds/,
  ],
])("%o is refused in one line", (environment, sentence) => {
  expect(() => loadConfig(environment)).toThrow(sentence);
});

test("what goes together is taken", () => {
  expect(loadConfig({ OPTSCALE_PROXY: "false" })).toMatchObject({ OPTSCALE_PROXY: false });
  expect(loadConfig({ OPTSCALE_URL, OPTSCALE_PROXY: "true" })).toMatchObject({ OPTSCALE_URL, OPTSCALE_PROXY: true });
  expect(loadConfig({ AUTH_URL: "http://auth", OIDC_ISSUER, OIDC_AUDIENCE: "a" })).toMatchObject({
    OIDC_ORGANIZATIONS_CLAIM: "organizations",
    OIDC_CLOCK_TOLERANCE_SECONDS: 30,
  });
});

const bases = [
  "METROCULUS_URL",
  "OPTSCALE_URL",
  "AUTH_URL",
  "OIDC_ISSUER",
  "THANOS_URL",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
];
const takesLogin = new Set(["THANOS_URL", "OTEL_EXPORTER_OTLP_ENDPOINT"]);

test.each(bases)("%s is a base: what would stand in the way of a path, or be dropped, is refused", (name) => {
  const load = (url: string) => loadConfig({ [name]: url, ...(name === "OIDC_ISSUER" && { OIDC_AUDIENCE: "a" }) });
  const refusal = new RegExp(`^${name} is not usable: it takes [^\\n]*without [^\\n]*query and fragment\\.$`);
  for (const plain of ["http://host", "https://host:8443/prefix/", "http://[::1]:80/a%3Fb"]) {
    expect(load(plain)).toHaveProperty(name, plain);
  }
  for (const url of ["http://host?q=1", "http://host/?", "http://host/a#b", "http://host#", "http://u:%zz@host"]) {
    expect(() => load(url), url).toThrow(refusal);
  }
  for (const url of ["http://u:p@host", "http://u@host/a", "http://:p@host"]) {
    if (takesLogin.has(name)) expect(load(url)).toHaveProperty(name, url);
    else expect(() => load(url), url).toThrow(refusal);
  }
});
