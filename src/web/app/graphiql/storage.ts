const PREFIX = "expense-gateway.graphiql";

/** Counts how often everything was forgotten: a memory that is older than that writes nothing any more. */
let forgotten = 0;

/**
 * GraphiQL's own memory (tabs, history, layout), kept apart for each organization and day: the examples'
 * variables name an organization and dates, which another token or another week would make wrong.
 */
export function storageFor(organizationId: string, now = Date.now()) {
  const today = new Date(now).toISOString().slice(0, 10);
  const prefix = `${PREFIX}:${organizationId}:${today}:`;
  for (const key of storedKeys()) if (!key.startsWith(prefix)) localStorage.removeItem(key);
  const ownKeys = () => storedKeys().filter((key) => key.startsWith(prefix));
  const openedAt = forgotten;
  return {
    get length() {
      return ownKeys().length;
    },
    getItem: (key: string) => localStorage.getItem(prefix + key),
    setItem: (key: string, value: string) => {
      // The editor writes its tabs some time after they changed, which may be after the reader signed out.
      if (openedAt === forgotten) localStorage.setItem(prefix + key, value);
    },
    removeItem: (key: string) => localStorage.removeItem(prefix + key),
    clear: () => {
      for (const key of ownKeys()) localStorage.removeItem(key);
    },
  };
}

function storedKeys(): string[] {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
}

/** After signing out nothing that was asked stays on the machine, and no editor that is still open brings it back. */
export function forgetEverything(): void {
  forgotten++;
  for (const key of storedKeys()) localStorage.removeItem(key);
}
