import { type FormEvent, useId, useState } from "react";
import styles from "./sign-in.module.css";
import { keepToken } from "./token";

interface SignInProps {
  /** Why the reader sees this page although a token was there. */
  readonly problem?: string | undefined;
  readonly onSignIn: () => void;
}

export function SignIn({ problem, onSignIn }: SignInProps) {
  const [token, setToken] = useState("");
  const field = useId();
  const help = useId();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim() === "") return;
    keepToken(token);
    onSignIn();
  };

  return (
    <main className={styles.page}>
      <form className={styles.card} onSubmit={submit}>
        <img src="/favicon.svg" alt="" width="40" height="40" />
        <h1 className={styles.title}>Expense gateway</h1>
        <p className={styles.lead}>Sign in to see what your organization spends.</p>
        {problem !== undefined && (
          <p className={styles.problem} role="alert">
            {problem}
          </p>
        )}
        <label className={styles.label} htmlFor={field}>
          Access token
        </label>
        <input
          id={field}
          className={styles.field}
          type="password"
          name="token"
          autoComplete="off"
          spellCheck={false}
          placeholder="eg_…"
          aria-describedby={help}
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
        <button className={styles.button} type="submit" disabled={token.trim() === ""}>
          Sign in
        </button>
        <p className={styles.help} id={help}>
          Make one with <code>expense-gateway token create --organization &lt;id&gt;</code>, or open the link that the
          gateway prints when it starts. The token stays in this tab until you sign out or close it.
        </p>
      </form>
    </main>
  );
}
