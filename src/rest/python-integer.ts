/** Python refuses to read longer numbers. */
const MOST_DIGITS = 4_300;

/**
 * A number as Python's `int()` reads it: an optional sign, decimal digits of any script, single underscores between.
 * @param text without surrounding whitespace
 * @returns undefined when it is not an integer; beyond 2^53 the nearest double, which no bound here can mistake
 */
export function pythonInteger(text: string): number | undefined {
  const plain = text.normalize("NFKC");
  if (!/^[+-]?\p{Nd}+(?:_\p{Nd}+)*$/u.test(text) || plain.length > MOST_DIGITS) return undefined;
  return Number(plain.replaceAll("_", "").replace(/[^+\-0-9]/gu, (digit) => String(digitValue(digit))));
}

/** The digits of a script lie in one run of ten that starts with its zero. */
function digitValue(digit: string): number {
  const codePoint = digit.codePointAt(0) as number;
  let zero = codePoint;
  while (zero > codePoint - 9 && /^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero--;
  return codePoint - zero;
}
