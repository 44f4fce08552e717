import { MantineProvider, Skeleton } from "@mantine/core";
import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { ViewerDocument } from "../generated/graphql";
import { ApiError } from "../session/api";
import { SignIn } from "../session/sign-in";
import { currentToken, forgetToken } from "../session/token";
import { Dashboard } from "./dashboard";
import styles from "./dashboard.module.css";
import { createQueryClient, execute } from "./data/execute";
import { Problem } from "./parts/problem";
import { cssVariables, theme } from "./theme";

/** Signed in while there is a token; a token that stopped working leads back to the sign-in, which says so. */
export function App() {
  const [hasToken, setHasToken] = useState(currentToken() !== null);
  const [problem, setProblem] = useState<string>();
  const client = useMemo(
    () =>
      createQueryClient((message) => {
        forgetToken();
        setProblem(message);
        setHasToken(false);
      }),
    [],
  );
  const signIn = () => {
    // After a token that stopped working comes perhaps another reader's: nothing of the former may be left.
    client.clear();
    setProblem(undefined);
    setHasToken(true);
  };
  const signOut = () => {
    forgetToken();
    // Nobody who comes after may see what was shown, nor where the reader was.
    client.clear();
    history.replaceState(null, "", location.pathname);
    setProblem(undefined);
    setHasToken(false);
  };

  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        {hasToken ? (
          <SignedIn onRefresh={() => void client.invalidateQueries()} onSignOut={signOut} />
        ) : (
          <SignIn problem={problem} onSignIn={signIn} />
        )}
      </QueryClientProvider>
    </MantineProvider>
  );
}

function SignedIn({ onRefresh, onSignOut }: { readonly onRefresh: () => void; readonly onSignOut: () => void }) {
  const viewer = useQuery({ queryKey: ["viewer"], queryFn: ({ signal }) => execute(ViewerDocument, {}, signal) });
  if (viewer.isError && !(viewer.error instanceof ApiError && viewer.error.isUnauthenticated)) {
    return (
      <main className={`${styles.width} ${styles.main}`}>
        <Problem what="Your organizations" error={viewer.error} onRetry={() => void viewer.refetch()} />
      </main>
    );
  }
  if (viewer.data === undefined) {
    return (
      <main className={`${styles.width} ${styles.main}`} aria-busy>
        <span className="visually-hidden" role="status">
          Opening the dashboard
        </span>
        <Skeleton height="2rem" width="14rem" />
        <Skeleton height="8rem" />
        <Skeleton height="22rem" />
      </main>
    );
  }
  return <Dashboard organizations={viewer.data.viewer.organizations} onRefresh={onRefresh} onSignOut={onSignOut} />;
}
