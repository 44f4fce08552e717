import { bad, type FocusFile } from "./focus-file.js";

/** The columns of FOCUS that an expense can be taken from. */
export const focusCostColumns = ["EffectiveCost", "BilledCost", "ListCost", "ContractedCost"] as const;
export type FocusCostColumn = (typeof focusCostColumns)[number];

/**
 * What is read of a charge, and the columns that may hold it: the first of them that is not null counts. FOCUS 1.3
 * parts the provider of a service from its host and gives up ProviderName and PublisherName.
 */
const sources = {
  billingCurrency: ["BillingCurrency"],
  chargePeriodStart: ["ChargePeriodStart"],
  chargePeriodEnd: ["ChargePeriodEnd"],
  chargeCategory: ["ChargeCategory"],
  provider: ["ProviderName", "ServiceProviderName", "HostProviderName", "PublisherName", "InvoiceIssuerName"],
  account: ["SubAccountId", "BillingAccountId"],
  serviceName: ["ServiceName"],
  subAccountId: ["SubAccountId"],
  subAccountName: ["SubAccountName"],
  billingAccountName: ["BillingAccountName"],
  publisher: ["PublisherName"],
  resourceId: ["ResourceId"],
  resourceName: ["ResourceName"],
  resourceType: ["ResourceType"],
  region: ["RegionId"],
  regionName: ["RegionName"],
  availabilityZone: ["AvailabilityZone"],
  serviceCategory: ["ServiceCategory"],
  sku: ["SkuId"],
  tags: ["Tags"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type FocusField = keyof typeof sources | "cost";

/** Without these a file says nothing that could be stored; every FOCUS file has them. */
const required: readonly FocusField[] = [
  "cost",
  "billingCurrency",
  "chargePeriodStart",
  "chargePeriodEnd",
  "chargeCategory",
  "provider",
  "account",
  "serviceName",
];

/** Where in a file each field is found: positions of columns, counted from 0, in order of preference. */
export type FocusColumns = Readonly<Record<FocusField, readonly number[]>>;

/**
 * Finds the fields in a file's header. The case of names and blanks around them do not matter, nor do further columns.
 * @throws GatewayError BAD_IMPORT_FILE naming the columns that are missing, or one that is to be read and is there
 *   twice, or is nested in a way that cannot be read.
 */
export function findColumns({ name: file, header, types }: FocusFile, cost: FocusCostColumn): FocusColumns {
  const positions = new Map<string, number>();
  const repeated = new Set<string>();
  for (const [position, name] of header.entries()) {
    const known = name.trim().toLowerCase();
    if (positions.has(known)) repeated.add(known);
    else positions.set(known, position);
  }
  const columns: Partial<Record<FocusField, number[]>> = {};
  const missing: string[] = [];
  for (const [field, names] of Object.entries({ cost: [cost], ...sources }) as [FocusField, readonly string[]][]) {
    const found = names.map((name) => positions.get(name.toLowerCase())).filter((position) => position !== undefined);
    const twice = names.find((name) => repeated.has(name.toLowerCase()));
    if (twice !== undefined) {
      const sentence = `row 1: two columns are named ${twice}: remove or rename the one that is not meant`;
      throw bad(file, sentence, undefined, { row: 1, column: twice });
    }
    const unreadable = found.find((position) => types[position] === "unreadable");
    if (unreadable !== undefined) {
      const column = header[unreadable];
      throw bad(
        file,
        `column ${column}: its values are nested in a way that cannot be read: write it as ` +
          (field === "tags" ? "JSON text, a map, a list of keys and values, or a structure of texts" : "plain values"),
        undefined,
        { column },
      );
    }
    columns[field] = found;
    if (found.length === 0 && required.includes(field)) missing.push(names.slice(0, 2).join(" or "));
  }
  if (missing.length > 0) {
    const sentence = `row 1: not a FOCUS cost and usage file: it lacks the column${missing.length > 1 ? "s" : ""} ${missing.join(", ")}`;
    throw bad(file, sentence, undefined, { row: 1, columns: missing });
  }
  return columns as FocusColumns;
}
