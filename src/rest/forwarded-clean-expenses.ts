import { Readable } from "node:stream";
import { GatewayError } from "../errors.js";
import { resolveScope } from "../expenses/scope.js";
import type { JsonMember } from "../optscale/json-members.js";
import type { OptScale, OptScaleView } from "../optscale/optscale.js";
import type { RemoteAnswer } from "../remote-service.js";
import type { Services } from "../services.js";
import { usualCleanRow } from "./clean-rows.js";
import { type Answer, JSON_TYPE } from "./endpoint.js";
import { cleanExpenses } from "./endpoints/clean-expenses.js";
import { namedObjects } from "./expense-parameters.js";
import { windowOfArguments } from "./expense-scope.js";
import { rowsAnswer } from "./expenses-answer.js";
import type { Row, RowBatches } from "./formats/row-batches.js";
import { type JoinedK8sCosts, joinedK8sCosts, K8S_COSTS_HEADER, withoutK8sCosts } from "./k8s-costs.js";
import { readArguments } from "./parameters.js";
import { type QueryArguments, withoutArgument } from "./query-arguments.js";
import { withFields } from "./row-fields.js";

const ROWS = "clean_expenses";

/** An answer up to this size is held back until all of it is known; of a larger one the rows are sent on as they come. */
const HELD_BACK = 8 * 1024 * 1024;
const CHUNK = 64 * 1024;
const BATCH = 1_000;

/** Parameters that leave Kubernetes in; any other is a filter by which clusters cannot be selected. */
const leavingClustersIn = new Set(["start_date", "end_date", "cloud_account_id", "limit", "field", "format"]);

export interface ForwardedRequest {
  readonly services: Services;
  readonly optScale: OptScale;
  readonly view: OptScaleView;
  readonly headers: Readonly<Record<string, string>>;
  /** Of OptScale's own route, as it goes over the wire. */
  readonly path: string;
  readonly organizationId: string;
  /** As it came over the wire, without what only this service knows. */
  readonly rawQuery: string;
  readonly query: QueryArguments;
  readonly signal: AbortSignal;
}

/**
 * OptScale's answer with the cost of Kubernetes clusters joined, unless it has joined them itself; or OptScale's answer
 * as it is, where there is nothing to join (a refusal), or only a header to add (an export).
 */
export async function forwardedCleanExpenses(request: ForwardedRequest): Promise<Answer | RemoteAnswer> {
  const { optScale, path, rawQuery, headers, query, signal } = request;
  const format = query.last("format") ?? "advanced_json";
  if (format === "csv") return csvAnswer(request);
  const answer = await optScale.client.open({ target: `${path}?${rawQuery}`, headers }, signal);
  const isJson = /^application\/json\b/i.test(answer.headers["content-type"] ?? "");
  if (answer.status !== 200) return answer;
  if (format !== "advanced_json") return withStateOfClusters(answer, request);
  if (!isJson) return answer;

  const totals = new Map<string, string>();
  const pieces = withoutTotals(optScale.client.split(answer.body, ROWS, signal), totals);
  const held: Buffer[] = [];
  let size = 0;
  let ended = false;
  while (size < HELD_BACK) {
    const next = await pieces.next();
    ended = next.done === true;
    if (next.done) break;
    held.push(next.value);
    size += next.value.length;
  }
  const k8sCosts = ended && hasJoined(totals) ? withoutK8sCosts("upstream") : await joined(request);
  const ending = () => Buffer.from(endOf(totals, k8sCosts, optScale));
  const wholeBody = ended ? Readable.from([...held, ending()]) : Readable.from(streamed(held, pieces, ending));
  return { contentType: JSON_TYPE, headers: k8sCosts.headers, body: wholeBody };
}

async function* streamed(held: readonly Buffer[], rest: AsyncIterable<Buffer>, ending: () => Buffer) {
  yield* held;
  yield* rest;
  yield ending();
}

/** The object but for its end and the members that the join changes, which are put into `totals`. */
async function* withoutTotals(members: AsyncIterable<JsonMember>, totals: Map<string, string>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [Buffer.from("{")];
  let size = 1;
  const add = (...texts: (Buffer | string)[]) => {
    for (const text of texts) {
      const bytes = typeof text === "string" ? Buffer.from(text) : text;
      waiting.push(bytes);
      size += bytes.length;
    }
  };
  let inRows = false;
  for await (const { key, index, text } of members) {
    if (index !== undefined) {
      add(inRows ? "," : `"${ROWS}":[`, text);
      inRows = true;
    } else if (key === ROWS && inRows) {
      add("],");
      inRows = false;
    } else if (key === "total_cost" || key === "k8s_costs") {
      totals.set(key, text.toString("utf8"));
    } else {
      add(JSON.stringify(key), ":", text, ",");
    }
    if (size < CHUNK) continue;
    yield Buffer.concat(waiting, size);
    waiting = [];
    size = 0;
  }
  yield Buffer.concat(waiting, size);
}

function hasJoined(totals: ReadonlyMap<string, string>): boolean {
  return (totals.get("k8s_costs") ?? "null") !== "null";
}

/** @throws GatewayError UPSTREAM_UNAVAILABLE when the answer has no total that could be added to */
function endOf(totals: ReadonlyMap<string, string>, { body }: JoinedK8sCosts, { client }: OptScale): string {
  const told = totals.get("total_cost") ?? "";
  const total = numberIn(told);
  if (total === undefined) throw client.failure("answered without a total cost, or with one that is no number");
  if (hasJoined(totals)) return `"total_cost":${told},"k8s_costs":${totals.get("k8s_costs")}}`;
  if (body === null) return `"total_cost":${told}}`;
  return `"total_cost":${JSON.stringify(total + body.k8s_total_cost)},"k8s_costs":${JSON.stringify(body)}}`;
}

function numberIn(text: string): number | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "number" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** OptScale has answered for this caller and organization, so the right to it is established. */
async function joined(request: ForwardedRequest): Promise<JoinedK8sCosts> {
  const { services, view, organizationId, query, signal } = request;
  if (query.names().some((name) => !leavingClustersIn.has(name))) return withoutK8sCosts("excluded");
  try {
    const args = readArguments(query, cleanExpenses);
    const organization = await view.accounts.organization(organizationId);
    if (organization === null)
      throw new GatewayError("NOT_FOUND", "OptScale shows expenses of an organization that it does not show.");
    const scope = await resolveScope(view.accounts, organization, windowOfArguments(args), namedObjects(args));
    const costByAccount = view.expenses.costOfClusters.bind(view.expenses);
    return await joinedK8sCosts({ clusterCosts: services.clusterCosts, expenses: { costByAccount } }, scope, signal);
  } catch (error) {
    signal.throwIfAborted();
    services.log.warn({ err: error }, "Kubernetes costs could not be joined to OptScale's expenses");
    // Which clusters there are is not known, so neither is how many are missing.
    return withoutK8sCosts("partial");
  }
}

/** Rows alone have no place for clusters: the header says all the same how far their cost is known, as it does everywhere. */
async function withStateOfClusters(answer: RemoteAnswer, request: ForwardedRequest): Promise<RemoteAnswer> {
  const isTold = answer.headers[K8S_COSTS_HEADER.toLowerCase()] !== undefined;
  return isTold ? answer : { ...answer, headers: { ...answer.headers, ...(await joined(request)).headers } };
}

/** OptScale has no such format; the rows are its own, read twice as every table is. */
async function csvAnswer(request: ForwardedRequest): Promise<Answer> {
  const answer = await rowsAnswer({
    format: "csv",
    head: {},
    key: ROWS,
    rows: () => rowsOf(request),
    usualRow: withFields(request.query.all("field"))(usualCleanRow),
    rowCount: 0,
  });
  return { ...answer, headers: (await joined(request)).headers };
}

async function* rowsOf({ optScale, path, rawQuery, headers, signal }: ForwardedRequest): RowBatches {
  const target = `${path.replace(/^\/restapi\/v2/, "")}?${withoutArgument(rawQuery, "format")}`;
  let batch: Row[] = [];
  for await (const { index, text } of optScale.client.members(target, ROWS, headers, signal)) {
    if (index === undefined) continue;
    batch.push(objectIn(text, optScale));
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function objectIn(text: Buffer, { client }: OptScale): Row {
  try {
    const row: unknown = JSON.parse(text.toString("utf8"));
    if (typeof row === "object" && row !== null) return row as Row;
  } catch {}
  throw client.failure("answered with a row in an unknown form");
}
