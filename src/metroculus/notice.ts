/** Something about an answer that its reader should know; the answer stands nevertheless. */
export interface Notice {
  readonly code: string;
  readonly message: string;
}
