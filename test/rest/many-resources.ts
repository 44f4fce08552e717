import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ClickHouse } from "../../src/stores/clickhouse.js";
import { from, ids, to } from "./acme.js";

const run = promisify(execFile);

/** Writes so many resources of Acme, each with a document as they are stored and one charge in the window. */
export async function writeManyResources(clickHouse: ClickHouse, rows: number): Promise<void> {
  const parameters = { account: ids.aws, pool: ids.teamPool, owner: ids.ada, from, to, rows };
  await clickHouse.command(
    `INSERT INTO resources
       (cloud_account_id, id, cloud_resource_id, name, resource_type, region, service_name, employee_id, pool_id,
        tag_keys, first_seen, last_seen, deleted_at, active, document, version)
     SELECT {account:String}, concat('r-', toString(number)) AS id, concat('i-', toString(number)) AS cloud_id,
       concat('resource ', toString(number)) AS name, 'Instance', 'eu-central-1', 'AmazonEC2',
       {owner:String}, {pool:String}, ['team'], {from:Int64}, {to:Int64}, 0, true,
       concat('{"id":"', id, '","cloud_resource_id":"', cloud_id, '","cloud_account_id":"', {account:String},
         '","name":"', name, '","resource_type":"Instance","region":"eu-central-1","service_name":"AmazonEC2",',
         '"employee_id":"', {owner:String}, '","pool_id":"', {pool:String}, '","active":true,"deleted_at":0,',
         '"first_seen":', toString({from:Int64}), ',"last_seen":', toString({to:Int64}),
         ',"tags":{"team":"team ', toString(number % 50), '","id":"', toString(number), '"},',
         '"meta":{"flavor":"t3.large","cloud_console_link":"https://console.example/', cloud_id, '","os":"Linux"}}'), 1
     FROM numbers({rows:UInt64})`,
    parameters,
  );
  await clickHouse.command(
    `INSERT INTO expenses SELECT {account:String}, concat('r-', toString(number)), toDateTime({from:UInt32}, 'UTC'),
       number / 100, 1 FROM numbers({rows:UInt64})`,
    parameters,
  );
}

const client = `
  const answer = await fetch(process.argv[1], { headers: { authorization: "Bearer tok-acme" } });
  let bytes = 0;
  for await (const chunk of answer.body) bytes += chunk.length;
  console.log(JSON.stringify({ status: answer.status, bytes }));`;

/** Reads an answer away in a process of its own, so that what a client holds is not counted here. */
export async function readAway(url: string): Promise<{ status: number; bytes: number }> {
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", client, url]);
  return JSON.parse(stdout) as { status: number; bytes: number };
}

/** The size of this process once the engine has given back what earlier work took. */
async function settledSize(): Promise<number> {
  let smallest = process.memoryUsage.rss();
  for (let still = 0; still < 6; still++) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const size = process.memoryUsage.rss();
    if (size < smallest * 0.99) still = 0;
    smallest = Math.min(smallest, size);
  }
  return smallest;
}

/** How far this process grew, at most, while something ran. Bytes. */
export async function growthDuring<Result>(work: () => Promise<Result>): Promise<{ result: Result; growth: number }> {
  const before = await settledSize();
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  try {
    const result = await work();
    return { result, growth: peak - before };
  } finally {
    clearInterval(watch);
  }
}
