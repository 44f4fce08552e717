import type { SqlParameters } from "../stores/clickhouse.js";
import { spentCtes } from "./charges.js";
import { asksForFew, candidateCtes, resourceCtes, type Slice } from "./counted-resources.js";
import type { Position } from "./cursor.js";
import { expenseRowCte, ofCounted } from "./expense-rows.js";
import { QueryValues } from "./query-values.js";
import type { ClusterSaving, ExpenseOrder, ExpenseOrderField, ExpenseScope } from "./source.js";

/** A row before its document is read: what it is ranked by. */
export interface RankedRow {
  readonly rowId: string;
  /** The account of its document; '' = a cluster's record. */
  readonly account: string;
  readonly cost: number;
  readonly saving: number;
}

export interface Statement {
  readonly sql: string;
  readonly parameters: SqlParameters;
}

interface Ordering {
  /** What rows are compared by. */
  readonly ranked: string;
  /** The column of `resource` that it needs. */
  readonly column?: string;
  /** How a cursor keeps it, as text, and how it is read back: doubles by their bits, since decimals could round. */
  readonly kept: string;
  readonly readBack: (values: QueryValues, value: string) => string;
}

/** The account of the row's own document. */
const ACCOUNT = "anyIf(resource.cloud_account_id, resource.id = row_id) AS account";

const orderings: Record<ExpenseOrderField, Ordering> = {
  COST: {
    ranked: "cost",
    kept: "toString(reinterpretAsInt64(cost))",
    readBack: (values, bits) => `reinterpretAsFloat64(${values.bind("afterValue", "Int64", bits)})`,
  },
  NAME: ofColumn("name", "String"),
  REGION: ofColumn("region", "String"),
  SERVICE_NAME: ofColumn("service_name", "String"),
  RESOURCE_TYPE: ofColumn("resource_type", "String"),
  FIRST_SEEN: ofColumn("first_seen", "Int64"),
  LAST_SEEN: ofColumn("last_seen", "Int64"),
};

function ofColumn(column: string, type: string): Ordering {
  return {
    column,
    ranked: `anyIf(resource.${column}, resource.id = row_id)`,
    kept: "toString(ranked)",
    readBack: (values, value) => values.bind("afterValue", type, value),
  };
}

/** A row of a page: with its place in the order and, on a first page, what all rows add up to. */
export interface PageRow extends RankedRow {
  readonly value: string | null;
  readonly rows?: number;
  readonly totalCost?: number;
  readonly totalSaving?: number;
}

/**
 * Up to `limit` rows behind a position, as PageRow. Absent values come last in both directions, and equal ones in order
 * of id. No document is read.
 */
export function pageRanking(
  scope: ExpenseScope,
  { field, direction }: ExpenseOrder,
  after: Position | undefined,
  limit: number,
): Statement {
  const values = new QueryValues();
  const { ranked, column, kept, readBack } = orderings[field];
  const isBehind = () => {
    if (after === undefined) return "true";
    const afterId = `row_id > ${values.bind("afterId", "String", after.id)}`;
    if (after.value === null) return `ranked IS NULL AND ${afterId}`;
    const position = readBack(values, after.value);
    return `(ranked IS NULL OR ranked ${direction === "ASC" ? ">" : "<"} ${position} OR (ranked = ${position} AND ${afterId}))`;
  };
  // All rows are at hand before the first are taken: to add them up costs nothing, another query would cost as much.
  const totals =
    after === undefined
      ? ", count() OVER () AS rows, sum(cost) OVER () AS totalCost, sum(row_saving) OVER () AS totalSaving"
      : "";
  const few = asksForFew(scope);
  // A CTE that nothing refers to is parsed all the same.
  const documents = few ? resourceCtes : candidateCtes;
  return {
    sql: `WITH ${documents(scope, values, column === undefined ? [] : [column])},
     ${spentCtes(scope, values, { precision: "exact", ofCountedResources: few })},
     ${expenseRowCte(scope, "exact", ACCOUNT, `${ranked} AS ranked`)}
     SELECT row_id AS rowId, account, cost, row_saving AS saving, ${kept} AS value${totals}
     FROM expense_row
     WHERE ${isBehind()}
     ORDER BY isNull(ranked), ranked ${direction}, row_id
     LIMIT ${values.bind("pageSize", "UInt32", limit)}`,
    parameters: values.bound,
  };
}

/** A row of a slice; what is said of all rows of the slice is the same in each. */
export interface SliceRow extends RankedRow {
  /** Whether anything was charged to it, be it 0. */
  readonly isCharged: boolean;
  readonly isCluster: boolean;
  /** How many rows of the slice are charged. */
  readonly chargedRows: number;
  /** How many documents the rows of the slice are made of. */
  readonly documents: number;
}

export type CompactSliceRow = [string, string, number, number, boolean, boolean, number, number];

export function sliceRow(row: CompactSliceRow): SliceRow {
  const [rowId, account, cost, saving, isCharged, isCluster, chargedRows, documents] = row;
  return { rowId, account, cost, saving, isCharged, isCluster, chargedRows, documents };
}

/**
 * The rows of a slice, dearest first, ties by id, as CompactSliceRow; with a limit no more than the rows among which the
 * `limit` dearest of all slices are: those with charges first, as rows without any only fill up (contract §9).
 */
export function sliceRanking(
  scope: ExpenseScope,
  slice: Slice,
  limit: number | undefined,
  clusterSaving: ClusterSaving,
): Statement {
  const values = new QueryValues();
  const chosen =
    limit === undefined
      ? ""
      : `
       ORDER BY is_charged DESC, cost DESC, row_id
       LIMIT ${values.bind("rowLimit", "UInt32", limit)}`;
  return {
    sql: `WITH ${resourceCtes(scope, values, [], { slice })},
     ${spentCtes(scope, values, { precision: "exact", ofCountedResources: slice.of > 1 })},
     ${expenseRowCte(scope, "exact", ACCOUNT, ...sliceAggregates(scope, values))}
     SELECT row_id, account, cost, saving, toBool(is_charged), toBool(is_cluster), charged_rows, all_documents
     FROM (
       SELECT row_id, account, cost, ${savingOf(scope, clusterSaving)} AS saving, is_charged, is_cluster,
         countIf(is_charged) OVER () AS charged_rows, sum(documents) OVER () AS all_documents
       FROM expense_row${chosen})
     ORDER BY cost DESC, row_id`,
    parameters: values.bound,
  };
}

function sliceAggregates(scope: ExpenseScope, values: QueryValues): string[] {
  const accounts = values.bind("loadedAccounts", "Array(String)", scope.selectedAccountIds);
  const ofDocuments = (aggregate: (condition: string) => string) => ofCounted(scope, aggregate, { withRecord: true });
  return [
    `${ofDocuments((condition) => `max(spent.resource_id != '' AND (${condition}))`)} AS is_charged`,
    `${ofDocuments((condition) => `countIf(${condition})`)} AS documents`,
    "max(resource.is_record) AS is_cluster",
    `${ofCounted(scope, (condition) => `sumIf(current_saving, ${condition} AND resource.cloud_account_id IN ${accounts})`)} AS loaded_saving`,
  ];
}

/**
 * Whether clusters lose what their members would save. The original loads as many documents as the limit, rows first:
 * members come in only when everything fits.
 * @param documents how many the rows are made of
 */
export function losesMembers(clusterSaving: ClusterSaving, documents: number, limit: number | undefined): boolean {
  return clusterSaving === "v2" && limit !== undefined && documents > limit;
}

/** The original adds up what it loads: with accounts named, members of these accounts only. */
function savingOf({ namesAccounts }: ExpenseScope, clusterSaving: ClusterSaving): string {
  return clusterSaving === "v2" && namesAccounts ? "if(is_cluster, loaded_saving, row_saving)" : "row_saving";
}
