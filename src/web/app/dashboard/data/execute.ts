import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import type { TypedDocumentString } from "../../generated/graphql";
import { ApiError, request } from "../../session/api";

/** Codes that a second try cannot mend. */
const final = new Set(["UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "BAD_USER_INPUT", "NO_CLOUD_ACCOUNTS"]);

export function execute<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Data> {
  return request<Data>(document.toString(), variables, { signal });
}

/** What is known stays until the reader asks anew: figures must not change while they are read. */
export function createQueryClient(onUnauthenticated: (problem: string) => void): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof ApiError && error.isUnauthenticated) onUnauthenticated(error.message);
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      mutations: { networkMode: "always" },
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 10 * 60_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        // The gateway may be on this machine: a browser that thinks itself offline asks all the same, and says what failed.
        networkMode: "always",
        retry: (failures, error) => failures < 1 && !(error instanceof ApiError && final.has(error.code)),
        retryDelay: 500,
      },
    },
  });
}
