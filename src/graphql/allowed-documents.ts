import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FastifyReply, FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { GatewayError } from "../errors.js";
import { isObject } from "../json.js";

const HASH = /^[0-9a-f]{64}$/i;
/** Documents or hashes; or documents by any name, such as the hashes that code generators write. */
const listed = z.union([z.array(z.string()), z.record(z.string(), z.string()).transform(Object.values)]);

/** The documents that alone are executed: an operator's list, read once at the start. */
export class AllowedDocuments {
  readonly #hashes = new Set<string>();
  readonly #textOf = new Map<string, string>();
  /** Of texts that were looked up already; others are not kept. */
  readonly #known = new Set<string>();

  private constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const hash = HASH.test(entry) ? entry.toLowerCase() : hashOf(entry);
      this.#hashes.add(hash);
      if (!HASH.test(entry)) this.#textOf.set(hash, entry);
    }
  }

  /**
   * @param others documents that are listed whatever is in the file
   * @throws GatewayError BAD_CONFIGURATION unless the file is a JSON list of documents, or of their SHA-256
   */
  static read(file: string, others: readonly string[] = []): AllowedDocuments {
    try {
      return new AllowedDocuments([...others, ...listed.parse(JSON.parse(readFileSync(file, "utf8")))]);
    } catch (error) {
      throw new GatewayError(
        "BAD_CONFIGURATION",
        "GRAPHQL_DOCUMENTS is not usable: it takes a JSON file with a list of documents, or of their SHA-256 in hexadecimal.",
        { cause: error, details: { variable: "GRAPHQL_DOCUMENTS" } },
      );
    }
  }

  has(text: string): boolean {
    if (this.#known.has(text)) return true;
    if (!this.#hashes.has(hashOf(text))) return false;
    this.#known.add(text);
    return true;
  }

  /** Undefined where only the hash is listed, or nothing. */
  textOf(hash: string): string | undefined {
    return this.#textOf.get(hash);
  }
}

/** Refuses a request that brings the text of any other document, before anything of it is parsed. */
export function refuseOthers(allowed: AllowedDocuments) {
  return ({ body, query }: FastifyRequest, _reply: FastifyReply, done: (refusal?: GatewayError) => void) => {
    const operations = [body, query].flat().filter(isObject);
    const texts = operations.map((operation) => operation.query).filter((text) => typeof text === "string");
    if (texts.every((text) => allowed.has(text))) return done();
    done(new GatewayError("DOCUMENT_NOT_ALLOWED", "Only documents that the operator has listed are answered here."));
  };
}

/** Characters of documents that clients may have kept for them. */
const KEPT = 1_000_000;

/**
 * Where Apollo finds the document of a hash (automatic persisted queries): among those that are listed, else among
 * those that clients sent with theirs.
 */
export function persistedDocuments(allowed: AllowedDocuments | undefined) {
  const sent = new LRUCache<string, string>({ maxSize: KEPT, sizeCalculation: (text) => text.length || 1 });
  const hashIn = (key: string) => key.slice(key.lastIndexOf(":") + 1);
  return {
    get: async (key: string) => allowed?.textOf(hashIn(key)) ?? sent.get(key),
    set: async (key: string, text: string) => void sent.set(key, text),
    delete: async (key: string) => sent.delete(key),
  };
}

function hashOf(document: string): string {
  return createHash("sha256").update(document).digest("hex");
}
