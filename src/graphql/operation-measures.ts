import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isIntrospectionType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  TypeMetaFieldDef,
} from "graphql";

/** Rows of a list of which nobody can tell beforehand how long it is. */
const USUAL_LENGTH = 10;

/** What an operation asks for. What a fragment has counts wherever it is spread. */
export interface Measures {
  /** Fields below each other, the root's included. */
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  /** Fields that the answer may have: those in a list as often as it has rows. */
  readonly cost: number;
}

interface PartMeasures extends Measures {
  /** Of that part of a page's type that comes once a row. */
  readonly costOfRow: number;
}

const nothing: PartMeasures = { depth: 0, aliases: 0, directives: 0, cost: 0, costOfRow: 0 };

export interface Measuring {
  readonly schema: GraphQLSchema;
  /** See `pageTypesOf`. */
  readonly pageTypes: ReadonlySet<string>;
  /** Rows of the page that a field with the argument `first` asks for. */
  readonly rowsOf: (node: FieldNode, first: GraphQLArgument) => number;
  /** Told of each field of the operation and its fragments, once. */
  readonly onField?: (node: FieldNode, field: GraphQLField<unknown, unknown>) => void;
}

/**
 * Measures an operation of a valid document. Each fragment is walked through once: it takes no longer than the document
 * is long, however large the answer would be.
 */
export function measure(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  { schema, pageTypes, rowsOf, onField }: Measuring,
): Measures {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const known = new Map<string, PartMeasures>();

  const ofFragment = (name: string): PartMeasures => {
    let found = known.get(name);
    if (found === undefined) {
      const { selectionSet, typeCondition, directives } = fragments.get(name) as FragmentDefinitionNode;
      found = ofSelections(selectionSet.selections, typeCondition.name.value, directives);
      known.set(name, found);
    }
    return found;
  };

  const ofField = (node: FieldNode, parent: string | undefined): PartMeasures => {
    const field = fieldOf(schema, parent, node.name.value);
    if (field) onField?.(node, field);
    const type = field && getNamedType(field.type);
    const inner = ofSelections(node.selectionSet?.selections ?? [], type?.name, node.directives);
    const first = field?.args.find(({ name }) => name === "first");
    const below = inner.cost + (inner.costOfRow && inner.costOfRow * (first ? rowsOf(node, first) : USUAL_LENGTH));
    const isList = type !== undefined && isListType(getNullableType(field?.type)) && isCompositeType(type);
    // A page's rows are counted where the page is asked for.
    const isRows = isList && pageTypes.has(parent ?? "");
    // Introspection reads what lies in memory, and graphql-js keeps it from asking for that again and again.
    const rows = isList && !isIntrospectionType(type) ? USUAL_LENGTH : 1;
    return {
      depth: inner.depth + 1,
      aliases: inner.aliases + (node.alias ? 1 : 0),
      directives: inner.directives,
      cost: isRows ? 1 : 1 + rows * below,
      costOfRow: isRows ? below : 0,
    };
  };

  const ofSelection = (node: SelectionNode, parent: string | undefined): PartMeasures => {
    if (node.kind === Kind.FIELD) return ofField(node, parent);
    if (node.kind === Kind.INLINE_FRAGMENT) {
      return ofSelections(node.selectionSet.selections, node.typeCondition?.name.value ?? parent, node.directives);
    }
    const spread = ofFragment(node.name.value);
    return { ...spread, directives: spread.directives + (node.directives?.length ?? 0) };
  };

  const ofSelections = (
    selections: readonly SelectionNode[],
    parent: string | undefined,
    directives: readonly DirectiveNode[] = [],
  ): PartMeasures => {
    let { depth, aliases, cost, costOfRow } = nothing;
    let found = directives.length;
    for (const selection of selections) {
      const part = ofSelection(selection, parent);
      depth = Math.max(depth, part.depth);
      aliases += part.aliases;
      found += part.directives;
      cost += part.cost;
      costOfRow += part.costOfRow;
    }
    return { depth, aliases, directives: found, cost, costOfRow };
  };

  const root = schema.getRootType(operation.operation)?.name;
  const whole = ofSelections(operation.selectionSet.selections, root, operation.directives);
  const onVariables = (operation.variableDefinitions ?? []).flatMap(({ directives = [] }) => directives);
  return { ...whole, directives: whole.directives + onVariables.length };
}

function fieldOf(schema: GraphQLSchema, parent: string | undefined, name: string) {
  if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
  if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  const type = parent === undefined ? undefined : schema.getType(parent);
  return isObjectType(type) ? type.getFields()[name] : undefined;
}

/** Names of the types that fields with the argument `first` have: pages of rows. */
export function pageTypesOf(schema: GraphQLSchema): ReadonlySet<string> {
  const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) ? Object.values(type.getFields()) : [],
  );
  const pages = fields.filter(({ args }) => args.some(({ name }) => name === "first"));
  return new Set(pages.map(({ type }) => getNamedType(type).name));
}
