import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { InvalidArgumentError } from "commander";

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

const EXPIRES_HELP =
  "Write a span like 12h, 30d or 4w, a date like 2027-01-31 (its beginning, UTC), or never.";
const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?Z)?$/;

/** Parser of a key's end: a span from now on, a date, or `never`. Answers ms since 1970, or `never` itself. */
export function expiry(text: string): number | "never" {
  if (text === "never") return text;
  const span = /^(\d{1,6})([mhdw])$/.exec(text);
  const timeMs =
    span !== null
      ? Date.now() + Number(span[1]) * UNIT_MS[span[2] as keyof typeof UNIT_MS]
      : DATE.test(text)
        ? Date.parse(text)
        : Number.NaN;
  if (Number.isNaN(timeMs)) throw new InvalidArgumentError(EXPIRES_HELP);
  if (timeMs <= Date.now()) throw new InvalidArgumentError("It must be a time to come.");
  return timeMs;
}

/** Parser of an address or a range, gathered over several options; `any` takes the list away. */
export function addresses(text: string, earlier: readonly string[] | undefined): readonly string[] {
  if (text === "any" && earlier === undefined) return [];
  const [address = "", bits, ...more] = text.split("/");
  const bitsMax = isIP(address) === 4 ? 32 : 128;
  const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax);
  if (isIP(address) === 0 || address.includes("%") || !fits || more.length > 0) {
    throw new InvalidArgumentError("It must be an address like 203.0.113.7, or a range like 2001:db8::/32.");
  }
  return [...(earlier ?? []), text];
}

/** Parser of what a key may do: READ, TRADE or both, with a comma between them. */
export function scopes(text: string): readonly string[] {
  const names = text.toUpperCase().split(",");
  if (names.some((name) => name !== "READ" && name !== "TRADE") || new Set(names).size < names.length) {
    throw new InvalidArgumentError("It must be READ, TRADE or READ,TRADE.");
  }
  return names;
}

/** Parser of a file that holds a public key. Answers what it holds. */
export function publicKeyFile(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new InvalidArgumentError(`${path} can't be read (${(error as Error).message}).`);
  }
  if (text.includes("PRIVATE KEY")) {
    throw new InvalidArgumentError(
      `${path} holds a private key, which nobody else should see: name the file of its public key.`,
    );
  }
  if (!text.includes("PUBLIC KEY")) throw new InvalidArgumentError(`${path} holds no public key in PEM.`);
  return text;
}
