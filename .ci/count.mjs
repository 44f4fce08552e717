// Prints the closing line of a test run and turns a skipped test into a failure: usage count.mjs <report.json> <exit status>
import { readFileSync } from "node:fs";

const [, , path, status] = process.argv;
const report = readReport(path);
const results = report.testResults;
const skipped = report.numPendingTests + report.numTodoTests;
// A file that could not even be loaded has no tests to count, but it failed.
const broken = results.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
for (const file of broken) console.log(`could not run: ${file.name}`);
for (const file of results) {
  for (const test of file.assertionResults) {
    if (test.status !== "passed" && test.status !== "failed") console.log(`skipped: ${test.fullName}`);
  }
}
let failed = report.numFailedTests + broken.length;
// An error that belongs to no test, or a run that was cut off, must not end with a line that counts no failure.
if (failed === 0 && (Number(status) !== 0 || report.numPassedTests === 0)) {
  console.log(`the test run failed as a whole (exit status ${status}): see above`);
  failed = 1;
}
console.log(`${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || skipped > 0 ? 1 : 0;

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}
