import { currentToken } from "./token";

/** A request that was not answered with data. `code` is the gateway's own (`extensions.code`), or NETWORK. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }

  get isUnauthenticated(): boolean {
    return this.code === "UNAUTHENTICATED";
  }
}

export interface GraphQLAnswer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

export function authorization(): Record<string, string> {
  const token = currentToken();
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** Posts to /graphql and returns the answer as it is, errors included. @throws ApiError NETWORK, or when it is no JSON. */
export async function post<Data>(
  body: { readonly query: string; readonly variables?: unknown; readonly operationName?: string | null },
  options: { readonly signal?: AbortSignal | undefined; readonly headers?: Record<string, string> | undefined } = {},
): Promise<GraphQLAnswer<Data>> {
  let response: Response;
  try {
    response = await fetch("/graphql", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        ...authorization(),
        ...options.headers,
      },
      body: JSON.stringify(body),
      ...(options.signal && { signal: options.signal }),
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError("NETWORK", "The gateway cannot be reached. Check that it runs, then try again.");
  }
  try {
    return (await response.json()) as GraphQLAnswer<Data>;
  } catch {
    throw new ApiError("NETWORK", `The gateway answered ${response.status} with something that is not GraphQL.`);
  }
}

/** Like `post`, for callers that want all of the data or an error. @throws ApiError */
export async function request<Data>(
  query: string,
  variables?: unknown,
  options?: { readonly signal?: AbortSignal | undefined },
): Promise<Data> {
  const { data, errors } = await post<Data>({ query, variables }, options);
  const error = errors?.[0];
  if (error !== undefined) throw new ApiError(error.extensions?.code ?? "INTERNAL", error.message);
  if (data === undefined || data === null) throw new ApiError("INTERNAL", "The gateway answered without data.");
  return data;
}
