import { z } from "zod";
import { LONGEST_PATTERN } from "../expenses/like-pattern.js";
import { LATEST_INSTANT } from "../time.js";
import { type Endpoint, JSON_TYPE } from "./endpoint.js";
import { PlainHttpError, RestError, type RestErrorCode, type RestErrorParameter, restErrors } from "./errors.js";
import type { RestLimits } from "./limits.js";
import { isPattern, type Parameter } from "./parameters.js";
import { errorSchema, ids } from "./schemas/shared.js";

type Json = Record<string, unknown>;

/** Errors that every endpoint may answer with, as its callers may always be nobody, or somebody else. */
const everywhere: readonly RestErrorCode[] = ["OE0234", "OE0235", "OE0237", "OE0245"];

/** What the examples of errors are filled with. */
const exampleParameters: Partial<Record<RestErrorCode, readonly RestErrorParameter[]>> = {
  OE0002: ["Organization", ids.organization],
  OE0003: ["The expense store could not answer: try again, or see the log."],
  OE0212: ["resource_id, offset"],
  OE0216: ["start_date"],
  OE0217: ["end_date"],
  OE0218: ["resource_type", "Instance"],
  OE0223: ["start_date"],
  OE0224: ["start_date", 0, LATEST_INSTANT],
  OE0245: ["PUT"],
  OE0436: ["aws_cnr"],
  OE0445: ["Acme", ids.organization],
  OE0446: ["end_date", "start_date"],
  OE0470: ["owner_id", ["123"]],
  OE0473: ["pdf"],
  OE0496: ["name_like"],
};

/** The API as an OpenAPI 3.1 document, written from the definitions that requests are checked by. */
export function openApiDocument(endpoints: readonly Endpoint[], base: string, limits: RestLimits): Json {
  return {
    openapi: "3.1.0",
    info: {
      title: "Expense gateway: REST v2",
      version: "2",
      summary: "What an organization spends, as OptScale's v2 clients know to ask.",
      description: [
        "Query parameters are read as by OptScale: of a single-valued one given several times the last counts, lists are repeated and never comma-separated, surrounding blanks are dropped, and a name that is not listed is refused.",
        "All instants are seconds since the epoch, UTC; windows are inclusive at both ends.",
        ...(limits.MAX_WINDOW_DAYS === undefined ? [] : [`A window has at most ${limits.MAX_WINDOW_DAYS} days.`]),
      ].join("\n\n"),
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths: Object.fromEntries(
      endpoints.map((endpoint) => [`${base}${endpoint.path}`, { get: operation(endpoint, limits) }]),
    ),
    components: {
      schemas: {
        Error: jsonSchema(errorSchema),
        ...Object.fromEntries(endpoints.map(({ name, answer }) => [schemaName(name), jsonSchema(answer.schema)])),
      },
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "A token that may see the organization." },
        secret: { type: "apiKey", in: "header", name: "Secret", description: "The cluster secret, for services." },
      },
    },
  };
}

function operation(endpoint: Endpoint, limits: RestLimits): Json {
  const { answer } = endpoint;
  return {
    operationId: endpoint.name,
    tags: [endpoint.heading ?? "Expenses"],
    summary: endpoint.summary,
    ...(endpoint.description && { description: endpoint.description }),
    parameters: [
      ...Object.entries(endpoint.segments).map(([name, description]) => ({
        name,
        in: "path",
        required: true,
        description,
        schema: { type: "string", minLength: 1 },
      })),
      ...endpoint.parameters.map((definition) => parameter(definition, limits)),
    ],
    security: endpoint.access === "token" ? [{ token: [] }] : [{ token: [] }, { secret: [] }],
    responses: {
      200: {
        description: answer.description,
        ...(answer.headers && { headers: answer.headers }),
        content: {
          [mediaType(JSON_TYPE)]: {
            schema: { $ref: `#/components/schemas/${schemaName(endpoint.name)}` },
            example: answer.example,
          },
          ...Object.fromEntries(
            Object.entries(answer.others ?? {}).map(([type, description]) => [
              mediaType(type),
              { schema: { description } },
            ]),
          ),
        },
      },
      ...errorResponses([...endpoint.errors, ...everywhere]),
      500: errorResponse("`U0500`: a fault of this service.", {
        U0500: { error: { status_code: 500, error_code: "U0500", reason: "Internal Server Error", params: [] } },
      }),
    },
  };
}

function parameter(definition: Parameter, limits: RestLimits): Json {
  return {
    name: definition.name,
    in: "query",
    required: isRequired(definition),
    description: definition.description,
    schema: parameterSchema(definition, limits),
    ...(definition.kind === "list" && { style: "form", explode: true }),
    ...(definition.example !== undefined && { example: definition.example }),
  };
}

function isRequired(definition: Parameter): boolean {
  return definition.kind === "date" || ("required" in definition && definition.required === true);
}

function parameterSchema(definition: Parameter, { MAX_LIST_VALUES: maxItems }: RestLimits): Json {
  switch (definition.kind) {
    case "date":
      return { type: "integer", format: "int64", minimum: 0, maximum: LATEST_INSTANT };
    case "list":
      return {
        type: "array",
        items: { type: "string", ...(definition.pattern && { pattern: definition.pattern }) },
        maxItems,
      };
    case "text":
      return {
        type: "string",
        ...(definition.values && { enum: definition.values }),
        ...(isPattern(definition) && { pattern: "[^*?]", maxLength: LONGEST_PATTERN }),
        ...(definition.fallback !== undefined && { default: definition.fallback }),
      };
    case "flag":
      return { type: "boolean", ...(definition.fallback !== undefined && { default: definition.fallback }) };
    case "integer":
      return { type: "integer", minimum: definition.minimum, maximum: definition.maximum };
    case "choice":
      return { type: "string", enum: definition.values };
  }
}

/** What any request may be refused with, and why. */
const ofAnyRequest: readonly [error: PlainHttpError, meaning: string][] = [
  [new PlainHttpError(400), "a value that is not UTF-8"],
  [new PlainHttpError(408), "it came in too slowly"],
  [new PlainHttpError(429), "asked too often; `Retry-After` tells when to try again"],
  [
    new PlainHttpError(503, "Too much is asked at once: try again in 2 s."),
    "too much is asked at once; `Retry-After` tells when to try again",
  ],
  [new PlainHttpError(504), "it took longer than a request may take; ask for less"],
];

/** One response a status, with an example of each code that it may carry. */
function errorResponses(codes: readonly RestErrorCode[]): Json {
  const byStatus = new Map<number, { texts: string[]; examples: Record<string, unknown> }>();
  const add = (status: number, code: string, meaning: string, example: unknown) => {
    const known = byStatus.get(status) ?? { texts: [], examples: {} };
    byStatus.set(status, known);
    known.texts.push(`\`${code}\`: ${meaning}.`);
    known.examples[code] = example;
  };
  for (const code of [...new Set(codes)].sort()) {
    const { status, reason } = restErrors[code];
    const { envelope } = new RestError(code, exampleParameters[code] ?? []);
    add(status, code, reason.replaceAll("%s", "…"), envelope);
  }
  for (const [{ envelope }, meaning] of ofAnyRequest) {
    add(envelope.error.status_code, envelope.error.error_code, meaning, envelope);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, { texts, examples }]) => [status, errorResponse(texts.join(" "), examples)]),
  );
}

function errorResponse(description: string, examples: Record<string, unknown>): Json {
  return {
    description,
    content: {
      [mediaType(JSON_TYPE)]: {
        schema: { $ref: "#/components/schemas/Error" },
        examples: Object.fromEntries(Object.entries(examples).map(([code, value]) => [code, { value }])),
      },
    },
  };
}

/** A schema in the dialect of OpenAPI 3.1, which names it once for the whole document. */
function jsonSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: "draft-2020-12", io: "output" });
  return rest;
}

function schemaName(operationName: string): string {
  return operationName.charAt(0).toUpperCase() + operationName.slice(1);
}

/** Parameters of a media type do not belong into a key of `content`. */
function mediaType(contentType: string): string {
  return contentType.split(";")[0] as string;
}
