import { GatewayError } from "../errors.js";

/** Characters. Longer ones would take long to compile. */
export const LONGEST_PATTERN = 1_000;

/** Whether a pattern would match everything, which v2 takes for a mistake: each face refuses it in its own words. */
export function isOnlyWildcards(pattern: string): boolean {
  return /^[*?]*$/.test(pattern);
}

/**
 * The RE2 expression of a `*_like` pattern: unanchored, case-insensitive; `*` any run of characters, `?` zero or one,
 * all else literal (contract §5.1).
 * @throws GatewayError BAD_USER_INPUT beyond 1,000 characters, where compiling it would take long.
 */
export function likeExpression(pattern: string, argument: string): string {
  if (pattern.length > LONGEST_PATTERN) {
    throw new GatewayError("BAD_USER_INPUT", `${argument} takes at most ${LONGEST_PATTERN} characters.`, {
      details: { argument },
    });
  }
  const expression = Array.from(pattern, (character) => {
    if (character === "*") return ".*";
    if (character === "?") return ".?";
    // RE2 takes no other escape for every character, control characters included; above ASCII nothing is special.
    return /^[\0-\x7f]$/.test(character) && !/^\w$/.test(character)
      ? `\\x{${character.charCodeAt(0).toString(16)}}`
      : character;
  });
  return `(?is)${expression.join("")}`;
}
