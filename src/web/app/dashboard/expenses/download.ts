import { ApiError, authorization } from "../../session/api";

export type ExportFormat = "csv" | "xlsx";

/**
 * Fetches an export and hands it to the browser to save. A plain link cannot do it: the token would have to be
 * part of its address.
 * @throws ApiError
 */
export async function download(
  organizationId: string,
  parameters: readonly (readonly [string, string])[],
  format: ExportFormat,
  fileName: string,
): Promise<void> {
  const query = new URLSearchParams([...parameters.map(([name, value]) => [name, value]), ["format", format]]);
  const address = `/restapi/v2/organizations/${encodeURIComponent(organizationId)}/clean_expenses?${query}`;
  let response: Response;
  try {
    response = await fetch(address, { headers: authorization() });
  } catch {
    throw new ApiError("NETWORK", "The gateway cannot be reached. Check that it runs, then try again.");
  }
  if (!response.ok) throw new ApiError(codeOf(response.status), await reasonOf(response));
  let content: Blob;
  try {
    content = await response.blob();
  } catch {
    throw new ApiError("NETWORK", "The export broke off before its end. Try again.");
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = fileName;
  link.click();
  // The browser has taken the content over by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function codeOf(status: number): string {
  return status === 401 ? "UNAUTHENTICATED" : "INTERNAL";
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const { error } = (await response.json()) as { error: { reason: string; error_code: string } };
    return `${error.reason} (${error.error_code})`;
  } catch {
    return `The gateway answered ${response.status}.`;
  }
}
