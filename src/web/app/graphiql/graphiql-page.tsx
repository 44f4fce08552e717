import { GraphiQL } from "graphiql";
import { type ComponentProps, useEffect, useMemo, useState } from "react";
import { ApiError, post, request } from "../session/api";
import { SignIn } from "../session/sign-in";
import { currentToken, forgetToken } from "../session/token";
import { exampleTabs } from "./examples";
import { forgetEverything, storageFor } from "./storage";

interface Organization {
  readonly id: string;
  readonly name: string;
}

type Session =
  | { readonly state: "opening" }
  | { readonly state: "signed-out"; readonly problem?: string }
  | { readonly state: "signed-in"; readonly organization: Organization | undefined }
  | { readonly state: "unreachable"; readonly problem: string };

type Fetcher = ComponentProps<typeof GraphiQL>["fetcher"];

const fetcher: Fetcher = async (parameters, options) =>
  post(parameters, { headers: options?.headers as Record<string, string> | undefined }) as ReturnType<Fetcher>;

async function openSession(): Promise<Session> {
  if (currentToken() === null) return { state: "signed-out" };
  try {
    const { viewer } = await request<{ viewer: { organizations: Organization[] } }>(
      "{ viewer { organizations { id name } } }",
    );
    return { state: "signed-in", organization: viewer.organizations[0] };
  } catch (error) {
    const problem = error instanceof ApiError ? error.message : String(error);
    if (!(error instanceof ApiError && error.isUnauthenticated)) return { state: "unreachable", problem };
    forgetToken();
    return { state: "signed-out", problem };
  }
}

export function GraphiQLPage() {
  const [session, setSession] = useState<Session>({ state: "opening" });
  const [edition, setEdition] = useState(0);

  const open = () => {
    setSession({ state: "opening" });
    void openSession().then(setSession);
  };
  useEffect(() => void openSession().then(setSession), []);

  if (session.state === "opening") return <p className="page-message">Opening…</p>;
  if (session.state === "signed-out") return <SignIn problem={session.problem} onSignIn={open} />;
  if (session.state === "unreachable") {
    return (
      <main className="page-message">
        <p role="alert">{session.problem}</p>
        <button type="button" onClick={open}>
          Try again
        </button>
      </main>
    );
  }

  const signOut = () => {
    forgetToken();
    forgetEverything();
    setSession({ state: "signed-out" });
  };
  const resetExamples = () => {
    forgetEverything();
    setEdition((count) => count + 1);
  };

  return (
    <div className="page">
      <header className="page-bar">
        <h1>Expense gateway</h1>
        <span className="organization">{session.organization?.name ?? "no organization"}</span>
        <a href="/">Dashboard</a>
        <button type="button" onClick={resetExamples}>
          Reset examples
        </button>
        <button type="button" onClick={signOut}>
          Sign out
        </button>
      </header>
      <main className="page-body">
        <Editor key={edition} organizationId={session.organization?.id ?? ""} />
      </main>
    </div>
  );
}

function Editor({ organizationId }: { readonly organizationId: string }) {
  const tabs = useMemo(() => exampleTabs(organizationId), [organizationId]);
  const storage = useMemo(() => storageFor(organizationId), [organizationId]);
  const [isFirstVisit] = useState(() => storage.length === 0);
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={tabs}
      storage={storage}
      // GraphiQL shows the first of its default tabs without that tab's variables.
      initialVariables={isFirstVisit ? tabs[0]?.variables : undefined}
      defaultEditorToolsVisibility="variables"
      // What is written there may be a credential, so it is never stored.
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
    >
      <GraphiQL.Logo>{null}</GraphiQL.Logo>
    </GraphiQL>
  );
}
