const KEY = "expense-gateway.token";

/** Where storage is forbidden by the browser, the token lives as long as the page. */
let inMemory: string | null = null;

/**
 * A link carries the token behind `#token=`, a part of the address that no browser sends. It is moved to the
 * tab's session storage and taken out of the address, so that neither history nor a copied address holds it.
 */
export function takeTokenFromLink(): void {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token");
  if (token === null) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  if (token.trim() !== "") keepToken(token);
}

export function keepToken(token: string): void {
  inMemory = token.trim();
  try {
    sessionStorage.setItem(KEY, inMemory);
  } catch {
    // Kept in memory.
  }
}

export function currentToken(): string | null {
  try {
    return sessionStorage.getItem(KEY) ?? inMemory;
  } catch {
    return inMemory;
  }
}

export function forgetToken(): void {
  inMemory = null;
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // There was nothing kept.
  }
}

/** A demo link pasted into a tab that already shows a page changes only the fragment: nothing is loaded. */
export function onTokenFromLink(listener: () => void): void {
  addEventListener("hashchange", () => {
    if (!new URLSearchParams(location.hash.slice(1)).has("token")) return;
    takeTokenFromLink();
    listener();
  });
}
