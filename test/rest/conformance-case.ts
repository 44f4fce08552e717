import { expect } from "vitest";

/** A case of `test/conformance/clean_expenses.json`: a request, and what the original answered. */
export interface ConformanceCase {
  readonly id: string;
  readonly title: string;
  readonly level: "core" | "quirk";
  readonly given: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query: readonly (readonly [string, string])[];
    readonly raw_query?: string;
    readonly auth: { readonly token?: string; readonly authorization?: string; readonly secret?: string };
    readonly body?: string;
  };
  readonly expect: Expectation;
}

interface Expectation {
  readonly status: number;
  readonly error_code?: string;
  readonly error_params?: readonly unknown[];
  readonly error_reason?: string;
  readonly content_type_prefix?: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly body_set?: Readonly<Record<string, unknown>>;
  readonly body_absent?: readonly string[];
  readonly body_is_array?: boolean;
  readonly total_cost?: { readonly value: number; readonly tolerance: number };
  readonly count?: number;
  readonly order?: readonly string[];
  readonly order_prefix?: readonly string[];
  readonly ids?: readonly string[];
  readonly rows?: readonly (Row & { readonly id: string })[];
  readonly row_absent?: Readonly<Record<string, readonly string[]>>;
  readonly rows_exact?: readonly Row[];
  readonly unordered_fields?: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

export function sendCase(url: string, { request }: ConformanceCase): Promise<Response> {
  const { auth, method, path, query, raw_query, body } = request;
  const search = raw_query ?? query.map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
  const headers: Record<string, string> = {};
  if (auth.token !== undefined) headers.authorization = `Bearer ${auth.token}`;
  if (auth.authorization !== undefined) headers.authorization = auth.authorization;
  if (auth.secret !== undefined) headers.secret = auth.secret;
  return fetch(`${url}${path}${search === "" ? "" : `?${search}`}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
  });
}

/** Throws where the answer is not what the case expects. */
export async function judgeCase(answer: Response, expected: Expectation): Promise<void> {
  expect(answer.status, "status").toBe(expected.status);
  if (expected.content_type_prefix !== undefined) {
    expect(answer.headers.get("content-type")).toContain(expected.content_type_prefix);
  }
  if (!answer.headers.get("content-type")?.startsWith("application/json")) {
    await answer.arrayBuffer();
    return;
  }
  const body = (await answer.json()) as Row;
  if (expected.error_code !== undefined) {
    judgeError(body, expected);
    return;
  }
  for (const [key, value] of Object.entries(expected.body ?? {})) expect(body[key], key).toEqual(value);
  for (const [key, value] of Object.entries(expected.body_set ?? {})) {
    expect(inOrder(body[key]), key).toEqual(inOrder(value));
  }
  for (const key of expected.body_absent ?? []) expect(body).not.toHaveProperty(key);
  if (expected.total_cost !== undefined) {
    const { value, tolerance } = expected.total_cost;
    expect(Math.abs((body.total_cost as number) - value), "total_cost").toBeLessThanOrEqual(tolerance);
  }
  judgeRows((expected.body_is_array ? body : (body.clean_expenses ?? [])) as Row[], expected);
}

function judgeError(body: Row, { status, error_code, error_params, error_reason }: Expectation): void {
  expect(Object.keys(body)).toEqual(["error"]);
  const error = body.error as Row;
  expect(Object.keys(error).sort()).toEqual(["error_code", "params", "reason", "status_code"]);
  expect(error).toMatchObject({ status_code: status, error_code });
  if (error_params !== undefined) expect(error.params).toEqual(error_params);
  if (error_reason !== undefined) expect(error.reason).toBe(error_reason);
}

function judgeRows(rows: readonly Row[], expected: Expectation): void {
  const ids = rows.map(({ id }) => id);
  const byId = new Map(rows.map((row) => [row.id, row]));
  if (expected.count !== undefined) expect(rows.length, "count").toBe(expected.count);
  if (expected.ids !== undefined) expect([...ids].sort()).toEqual([...expected.ids].sort());
  if (expected.order !== undefined) expect(withTiesInOrder(rows, expected.order)).toEqual(expected.order);
  if (expected.order_prefix !== undefined) {
    expect(withTiesInOrder(rows, expected.order_prefix).slice(0, expected.order_prefix.length)).toEqual(
      expected.order_prefix,
    );
  }
  if (expected.rows_exact !== undefined) expect(rows).toEqual(expected.rows_exact);
  for (const { id, ...fields } of expected.rows ?? []) {
    const row = byId.get(id);
    expect(row, `row ${id}`).toBeDefined();
    for (const [key, value] of Object.entries(fields)) {
      const unordered = expected.unordered_fields?.includes(key);
      expect(unordered ? inOrder(row?.[key]) : row?.[key], `${key} of ${id}`).toEqual(
        unordered ? inOrder(value) : value,
      );
    }
  }
  for (const [id, keys] of Object.entries(expected.row_absent ?? {})) {
    for (const key of keys) expect(byId.get(id)).not.toHaveProperty(key);
  }
}

/** Ids by cost, those of equal cost in the order that the case has them in. */
function withTiesInOrder(rows: readonly Row[], order: readonly string[]): unknown[] {
  const position = (row: Row) => {
    const index = order.indexOf(row.id as string);
    return index < 0 ? order.length : index;
  };
  return rows
    .map((row, index) => ({ row, index }))
    .sort((one, other) =>
      one.row.cost === other.row.cost ? position(one.row) - position(other.row) : one.index - other.index,
    )
    .map(({ row }) => row.id);
}

/** Lists of the value, however deep, each in one order. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(inOrder);
    return items.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, inOrder(inner)] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}
