import { useMemo, useSyncExternalStore } from "react";
import { readView, type View, writeView } from "./view";

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}

export interface ChangeOptions {
  /** Takes the place of the present entry in the browser's history, as while typing. */
  readonly replace?: boolean;
}

/** Changes the address; every part of the page that shows something of it follows. */
export function changeView(change: Partial<View>, { replace = false }: ChangeOptions = {}): void {
  const query = writeView({ ...readView(location.search), ...change });
  const address = query === "" ? location.pathname : `${location.pathname}?${query}`;
  if (address === location.pathname + location.search) return;
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  for (const listener of listeners) listener();
}

/** The view that the address tells. */
export function useView(): View {
  const search = useSyncExternalStore(subscribe, () => location.search);
  return useMemo(() => readView(search), [search]);
}
