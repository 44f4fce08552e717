// npm audit of what is shipped. A vulnerability that is high or critical stops the run; others are told. Some registries
// keep no advisories: then this says that nothing was audited, and why, and the run goes on.
import { spawnSync } from "node:child_process";

const { stdout, stderr, error } = spawnSync("npm", ["audit", "--omit=dev", "--json"], {
  encoding: "utf8",
  maxBuffer: 1 << 26,
  env: { ...process.env, npm_config_fetch_retries: "1" },
});
const report = parsed(stdout);
const counts = report?.metadata?.vulnerabilities;
if (counts === undefined) {
  const reason = report?.statusCode
    ? `it answers ${report.statusCode}`
    : (error?.message ?? stderr.trim().split("\n")[0]);
  console.log(
    `npm audit: NOT DONE, this registry gives no advisories (${reason}). Nothing is known of vulnerabilities.`,
  );
  process.exit(0);
}
for (const { name, severity, range, via } of Object.values(report.vulnerabilities)) {
  const titles = via.filter((one) => typeof one === "object").map(({ title }) => title);
  console.log(`${severity}: ${name} ${range} ${titles.join("; ")}`);
}
const serious = counts.high + counts.critical;
console.log(`npm audit: ${counts.total} vulnerabilities in what is shipped, ${serious} of them high or critical`);
process.exit(serious > 0 ? 1 : 0);

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
