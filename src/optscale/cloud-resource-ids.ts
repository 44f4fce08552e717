/** What a cloud resource is found by, as the own store has it: its id in lower case, of an ARN what follows the account. */
export function foundBy(cloudResourceId: string): string {
  return cloudResourceId
    .toLowerCase()
    .replace(/^arn(:[^:]*){4}:/, "")
    .replace(/^(loadbalancer\/)?(app|net|gwy)\/([^/]+)\/[0-9a-f]+$/, "loadbalancer/$3");
}
