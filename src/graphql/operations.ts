import {
  BREAK,
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FragmentSpreadNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type InlineFragmentNode,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  type VariableNode,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { CompiledQuery } from "graphql-jit";
import { LRUCache } from "lru-cache";
import type { RequestContext } from "./context.js";
import { type Judgement, type OperationLimits, refused } from "./operation-limits.js";
import { introspectionRefusal, type SchemaReaders } from "./schema-disclosure.js";

/** Operations that are remembered; a compiled one takes some 100 kB. */
const REMEMBERED = 500;
/** Characters of documents that are remembered by their text. */
const REMEMBERED_TEXT = 4_000_000;
/** As many as graphql-js tells. */
const MOST_VARIABLE_ERRORS = 50;

export type Variables = Readonly<Record<string, unknown>>;

interface Compiled {
  readonly query: CompiledQuery["query"];
  /** While one of these variables has no value, the operation is interpreted instead. */
  readonly neverNull: readonly string[];
}

/** An operation of a valid document. */
export interface Operation {
  readonly document: DocumentNode;
  readonly node: OperationDefinitionNode;
  /** By what it is, without its variables. */
  readonly judgement: Judgement;
  asked: number;
  /** Undefined until it is compiled; null when the compiler cannot do it. */
  compiled: Compiled | null | undefined;
}

/**
 * The operations that clients ask again and again, executed as JavaScript made for them, several times faster than
 * graphql-js walks through them. Answers are the same to the byte (test/graphql/equivalence.test.ts); whatever the
 * compiler would judge in words of its own, variables above all, is left to graphql-js.
 */
export class Operations {
  readonly #byNode = new LRUCache<OperationDefinitionNode, Operation>({ max: REMEMBERED });
  readonly #byText = new LRUCache<string, DocumentNode>({
    maxSize: REMEMBERED_TEXT,
    sizeCalculation: (_document, text) => text.length,
  });

  /**
   * @param compileAfter how often an operation is interpreted before it is compiled: to compile takes a few milliseconds,
   *   for which it has to come back
   */
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly compileAfter: number,
    private readonly limits: OperationLimits,
    private readonly schemaReaders: SchemaReaders,
  ) {}

  /** Remembers a document that is valid under the schema by its text, for `known`. */
  remember(text: string, document: DocumentNode): void {
    this.#byText.set(text, document);
  }

  /** The operation of a remembered text; undefined when the text is not remembered or does not have that operation. */
  known(text: string, name: string | undefined): Operation | undefined {
    const document = this.#byText.get(text);
    const node = document && getOperationAST(document, name);
    return node ? this.of(document, node) : undefined;
  }

  /** Whether it came back so often that `execute` runs it compiled. */
  isCompiled(operation: Operation): boolean {
    return operation.asked > this.compileAfter && operation.compiled !== null;
  }

  /** An operation of a valid document, as it is remembered. */
  of(document: DocumentNode, node: OperationDefinitionNode): Operation {
    let operation = this.#byNode.get(node);
    if (operation === undefined) {
      operation = { document, node, judgement: this.limits.judge(document, node), asked: 0, compiled: undefined };
      this.#byNode.set(node, operation);
    }
    return operation;
  }

  /** Unless it asks for more than it may. Never rejects: what fails, or is refused, is in the result's errors. */
  async execute(operation: Operation, variables: Variables, context: RequestContext): Promise<ExecutionResult> {
    const { document, node, judgement } = operation;
    if (judgement.failure) return { errors: [refused(judgement.failure)] };
    if (judgement.introspects) {
      const refusal = await introspectionRefusal(this.schemaReaders, context);
      if (refusal) return { errors: [refused(refusal)] };
    }
    const { errors, coerced } = getVariableValues(this.schema, node.variableDefinitions ?? [], variables, {
      maxErrors: MOST_VARIABLE_ERRORS,
    });
    if (errors) return { errors };
    const costly = this.limits.refusalOfCost(operation, coerced, context.batch);
    if (costly) return { errors: [costly] };
    const large = this.limits.refusalOfArguments(operation, coerced);
    if (large) return { errors: [(await unauthenticated(context)) ?? large] };

    operation.asked++;
    if (!this.isCompiled(operation)) return this.interpret(document, node.name?.value, variables, context);
    if (operation.compiled === undefined) operation.compiled = await compile(this.schema, operation);
    const { compiled } = operation;
    const lacksValue = compiled?.neverNull.some((name) => (coerced[name] ?? null) === null);
    const result = lacksValue ? undefined : await compiled?.query(undefined, context, variables);
    // Without data nothing was executed: the compiler refuses variables that graphql-js takes.
    if (result === undefined || !("data" in result)) {
      return this.interpret(document, node.name?.value, variables, context);
    }
    return result.errors ? { ...result, errors: result.errors.map(extensible) } : result;
  }

  /** By graphql-js; also tells what is wrong with a name that the document does not have. */
  async interpret(
    document: DocumentNode,
    operationName: string | null | undefined,
    variableValues: Variables,
    contextValue: RequestContext,
  ): Promise<ExecutionResult> {
    return execute({
      schema: this.schema,
      document,
      contextValue,
      variableValues,
      operationName: operationName ?? null,
    });
  }
}

/** Whoever is not known is told only that, as if there were no limit. */
async function unauthenticated(context: RequestContext): Promise<GraphQLError | undefined> {
  return context.principal().then(
    () => undefined,
    (error: Error) => refused(error),
  );
}

async function compile(schema: GraphQLSchema, { document, node }: Operation): Promise<Compiled | null> {
  if (hasConditionalFragments(document)) return null;
  // Loaded when the first operation comes back, not at the start.
  const { compileQuery, isCompiledQuery } = await import("graphql-jit");
  const compiled = compileQuery(schema, document, node.name?.value);
  return isCompiledQuery(compiled) ? { query: compiled.query, neverNull: neverNull(schema, document, node) } : null;
}

/**
 * Variables that may be null or left out and yet stand where null may not, as the place or the variable has a default.
 * For what is left out graphql-js takes the default, and it refuses a null where it meets one; what is compiled would
 * hand both to the resolvers as they are.
 */
function neverNull(schema: GraphQLSchema, document: DocumentNode, { variableDefinitions }: OperationDefinitionNode) {
  const nullable = new Set(
    variableDefinitions?.flatMap(({ type, variable }) =>
      type.kind === Kind.NON_NULL_TYPE ? [] : [variable.name.value],
    ),
  );
  const found = new Set<string>();
  const types = new TypeInfo(schema);
  const Variable = ({ name: { value } }: VariableNode) => {
    if (nullable.has(value) && isNonNullType(types.getInputType())) found.add(value);
  };
  if (nullable.size > 0) visit(document, visitWithTypeInfo(types, { Variable }));
  return [...found];
}

/** Of a field that two fragments select, the compiler makes one that is left out when either of them is. */
function hasConditionalFragments(document: DocumentNode): boolean {
  let found = false;
  const look = ({ directives = [] }: FragmentSpreadNode | InlineFragmentNode) => {
    if (directives.length === 0) return undefined;
    found = true;
    return BREAK;
  };
  visit(document, { FragmentSpread: look, InlineFragment: look });
  return found;
}

/** The compiler's errors cannot be added to, which is what gives errors their codes. */
function extensible({ message, path, originalError, locations }: GraphQLError): GraphQLError {
  return Object.assign(new GraphQLError(message, { path, originalError }), { locations });
}
