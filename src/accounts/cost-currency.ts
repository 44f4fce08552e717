/** An ISO 4217 code as it is kept, upper-case; null when the text is none. */
export function costCurrencyOf(text: string | null | undefined): string | null {
  return text && /^[a-z]{3}$/i.test(text) ? text.toUpperCase() : null;
}
