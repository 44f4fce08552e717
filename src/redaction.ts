/** Logins in URLs, and what an authorization header carries, however it is quoted. */
const URL_LOGIN = /(:\/\/)[^/\s"'`]*@/g;
const AUTHORIZATION = /(authorization["'\\\s:=,[]*(?:Basic|Bearer)\s+)[^\s"'`<\\,\]}]+/gi;

/**
 * A text without the credentials that messages of drivers and answers of servers quote: the login in a URL and the value
 * of an authorization header. It stays one line if it was one, and JSON if it was JSON.
 */
export function withoutCredentials(text: string): string {
  return text.replaceAll(URL_LOGIN, "$1[redacted]@").replaceAll(AUTHORIZATION, "$1[redacted]");
}
