import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

export const hasOpenssl = spawnSync("openssl", ["version"], { stdio: "ignore" }).status === 0;

/** PEM files of a certificate for 127.0.0.1 that is its own authority, and of its key. */
export async function selfSigned(directory: string): Promise<{ readonly certificate: string; readonly key: string }> {
  const certificate = join(directory, "certificate.pem");
  const key = join(directory, "key.pem");
  await promisify(execFile)("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
    ...["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out", certificate, "-keyout", key],
  ]);
  return { certificate, key };
}
