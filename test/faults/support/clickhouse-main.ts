import { createInterface } from "node:readline";
import { clickHouseOverHttp } from "../../clickhouse-over-http.js";

// The process of `clickhouse-process.ts`: takes a path and a port, says its address, then is told on standard input what
// to do to the next statement, and says when it was done.
const [path, port] = process.argv.slice(3);
let next: string | undefined;

const say = (line: string) => void process.stdout.write(`${line}\n`);

const server = await clickHouseOverHttp({
  path: path as string,
  port: Number(port),
  misbehave(response, answer) {
    const fault = next;
    if (fault === undefined || (fault === "halve" && answer.length === 0)) return false;
    next = undefined;
    if (fault === "halve") {
      response.writeHead(200, { "content-length": answer.length });
      response.write(answer.subarray(0, answer.length >> 1), () => say("halved"));
    } else say("held");
    return true;
  },
});
createInterface({ input: process.stdin }).on("line", (word) => {
  next = word;
  say(`${word} armed`);
});
say(server.url);
