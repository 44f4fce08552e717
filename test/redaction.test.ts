import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { createLogger } from "../src/log.js";
import { withoutCredentials } from "../src/redaction.js";

test.each([
  [
    "connect to https://acme:s3cret@thanos.example/api failed",
    "connect to https://[redacted]@thanos.example/api failed",
  ],
  ["mysql://root:p%40ss@db:3306/restapi", "mysql://[redacted]@db:3306/restapi"],
  [
    "redis://:s3cret@cache:6379 and http://ada@two.example/",
    "redis://[redacted]@cache:6379 and http://[redacted]@two.example/",
  ],
  ['{"url":"http://a:b@c/"}', '{"url":"http://[redacted]@c/"}'],
  ["a password with an at: http://acme:p@ss@host/x", "a password with an at: http://[redacted]@host/x"],
  ["authorization: Basic YWNtZTpzM2NyZXQ=", "authorization: Basic [redacted]"],
  ['{"Authorization":"Bearer eg_abc.def"}', '{"Authorization":"Bearer [redacted]"}'],
  ['[ "authorization", "Basic YWNtZQ==" ]', '[ "authorization", "Basic [redacted]" ]'],
  ['"{\\"authorization\\":\\"Bearer eg_abc\\"}"', '"{\\"authorization\\":\\"Bearer [redacted]\\"}"'],
])("%s is said without its credential", (text, said) => {
  expect(withoutCredentials(text)).toBe(said);
});

test.each([
  "see https://acme.example/path and write to finops@acme.example",
  "the header is missing: send `Authorization: Bearer <token>`",
  "2026-11-28T10:00:00Z 12:30 :// @",
])("%s stays as it is", (text) => {
  expect(withoutCredentials(text)).toBe(text);
});

test("a log line holds no credential, wherever in it the credential stood", () => {
  let written = "";
  const destination = new Writable({
    write(chunk, _encoding, done) {
      written += chunk;
      done();
    },
  });
  const log = createLogger({ LOG_LEVEL: "info" }, destination);
  const cause = new Error("502 from http://acme:s3cret@thanos.example: authorization: Basic YWNtZTpzM2NyZXQ=");
  log.error(
    { err: new Error("no answer", { cause }), body: '{"authorization":"Bearer eg_s3cret"}' },
    "http://a:s3cret@b/",
  );
  expect(written).not.toMatch(/s3cret|YWNtZTpzM2NyZXQ/);
  expect(JSON.parse(written)).toMatchObject({ msg: "http://[redacted]@b/" });
});
