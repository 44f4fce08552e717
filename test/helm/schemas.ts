/** An object of Kubernetes, as a manifest has it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has fields of its own, which the schemas check
  readonly [field: string]: any;
}

type Model = { readonly prototype: { validate(): void } };

/**
 * Checks a manifest against Kubernetes' OpenAPI schema, or the Prometheus operator's, of its kind.
 * @throws Error naming the field that is missing, mistyped, or not known to the schema
 */
export async function validate(manifest: Manifest): Promise<void> {
  const { apiVersion, kind } = manifest;
  const home = apiVersion.startsWith("monitoring.coreos.com/")
    ? "@kubernetes-models/prometheus-operator"
    : "kubernetes-models";
  const models = (await import(`${home}/${apiVersion}`)) as Record<string, Model>;
  const Kind = models[kind];
  if (Kind === undefined) throw new Error(`${apiVersion} has no ${kind}.`);
  const unread = new Map<object, Set<string>>();
  try {
    // Called so, because an instance would hold a copy.
    Kind.prototype.validate.call(watched(manifest, unread));
  } catch (error) {
    throw new Error(`${kind} ${manifest.metadata.name}: ${(error as Error).message}`, { cause: error });
  }
  const unknown = unreadIn(manifest, unread);
  if (unknown.length > 0) throw new Error(`${kind} ${manifest.metadata.name}: unknown ${unknown.join(", ")}`);
}

/** The validators look at the fields that they know and pass over others, which an API server refuses. So who reads what is watched. */
function watched<T>(value: T, unread: Map<object, Set<string>>): T {
  if (typeof value !== "object" || value === null) return value;
  const fields = new Set(Object.keys(value));
  unread.set(value, fields);
  const copy = Array.isArray(value)
    ? value.map((item) => watched(item, unread))
    : Object.fromEntries(Object.entries(value).map(([field, item]) => [field, watched(item, unread)]));
  return new Proxy(copy, {
    get(target, field) {
      fields.delete(String(field));
      return Reflect.get(target, field);
    },
  }) as T;
}

function unreadIn(value: unknown, unread: ReadonlyMap<object, ReadonlySet<string>>, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([field, item]) => {
    const here = `${path}/${field}`;
    return unread.get(value)?.has(field) ? [here] : unreadIn(item, unread, here);
  });
}
