/** What `JSON.parse` does not tell: keys that stand twice, and how deep values nest. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;

export const JsonFault = { TOO_DEEP: "TOO_DEEP", DUPLICATE_KEY: "DUPLICATE_KEY" } as const;
export type JsonFault = (typeof JsonFault)[keyof typeof JsonFault];

/** Looks through JSON text once. Text that is no JSON may pass: the parser refuses it afterwards. */
export function jsonFault(text: string, depthMax: number): JsonFault | undefined {
  /** The keys of each open object; undefined for an open list. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (open.length >= depthMax) return JsonFault.TOO_DEEP;
        open.push(text.charCodeAt(at) === OPEN_BRACE ? new Set() : undefined);
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        open.pop();
        break;
      case QUOTE: {
        const end = endOfString(text, at);
        const keys = open.at(-1);
        if (keys !== undefined && isKey(text, end)) {
          const key = unescaped(text.slice(at, end));
          if (keys.has(key)) return JsonFault.DUPLICATE_KEY;
          keys.add(key);
        }
        at = end - 1;
        break;
      }
    }
  }
  return undefined;
}

/** The place after a string's closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (at < text.length && " \t\r\n".includes(text[at]!)) at++;
  return text.charCodeAt(at) === COLON;
}

function unescaped(token: string): string {
  if (!token.includes("\\")) return token;
  try {
    return `"${JSON.parse(token) as string}"`;
  } catch {
    return token;
  }
}
