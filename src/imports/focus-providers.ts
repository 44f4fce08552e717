import type { CloudAccountType } from "../stores/generated/sqlite/enums.js";

/** How the names of providers begin or what they contain, in small letters, and the type of account they mean. */
const providers: readonly { readonly type: CloudAccountType; readonly pattern: string }[] = [
  { type: "AWS_CNR", pattern: "^(aws|amazon)" },
  { type: "AZURE_CNR", pattern: "microsoft|azure" },
  { type: "GCP_CNR", pattern: "^(google|gcp)" },
  { type: "ALIBABA_CNR", pattern: "^(alibaba|aliyun)" },
  { type: "DATABRICKS", pattern: "^databricks" },
  { type: "NEBIUS", pattern: "^nebius" },
];

/** The type of account that a provider's name means, in SQL; OTHER where there is no type for it. */
export function providerTypeSql(provider: string): string {
  const cases = providers.map(({ type, pattern }) => `match(lower(${provider}), '${pattern}'), '${type}'`);
  return `multiIf(${cases.join(", ")}, 'OTHER')`;
}

/** What tells one provider from another, however it is written: "AWS" and "Amazon Web Services" are one. */
export function providerKeySql(provider: string): string {
  return `if(${providerTypeSql(provider)} = 'OTHER', lower(${provider}), ${providerTypeSql(provider)})`;
}
