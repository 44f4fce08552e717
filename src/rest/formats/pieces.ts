/**
 * Characters that are handed on at once. Few enough that the text dies young: the engine keeps larger pieces apart and
 * frees them so late that an export would seem to need memory in proportion to its length.
 */
export const PIECE = 32_768;

/** The same text in pieces of about one size. */
export async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = "";
  for await (const text of texts) {
    piece += text;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}
