const PLAIN = /^[\w\-.: ]*$/;

/** Text as a JSON string; short cut for ids and names, which hardly ever need escapes. */
export function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

export function array(items: readonly string[]): string {
  return `[${items.join(",")}]`;
}
