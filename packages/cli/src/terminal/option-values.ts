import { InvalidArgumentError } from "commander";

/** Parser of a whole number within a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** Parser of a plain number above 0. */
export function positiveNumber(max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
    if (!(value > 0 && value <= max))
      throw new InvalidArgumentError(`It must be a number above 0, up to ${max}.`);
    return value;
  };
}

/** Parser of one word out of a closed set. */
export function oneOf<T extends string>(...words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word.toLowerCase() === text.toLowerCase());
    if (found === undefined) throw new InvalidArgumentError(`It must be one of ${words.join(", ")}.`);
    return found;
  };
}

/** Parser of an amount or a price: a plain decimal above 0, kept as text, because floats are not for money. */
export function amount(text: string): string {
  if (!/^\d{1,20}(\.\d{1,20})?$/.test(text) || !/[1-9]/.test(text)) {
    throw new InvalidArgumentError("It must be a plain decimal above 0, e.g. 1000 or 0.25.");
  }
  return text;
}

/** Parser of a fee as a fraction; 0 is one. */
export function fraction(text: string): string {
  if (!/^[01](\.\d{1,20})?$/.test(text)) {
    throw new InvalidArgumentError("It must be a fraction from 0 to 1, e.g. 0.001 for 0.1 %.");
  }
  return text;
}

/** Parser of a market's symbol. */
export function symbol(text: string): string {
  if (!/^[A-Z0-9_.-]{1,20}$/.test(text)) {
    throw new InvalidArgumentError("It must be 1 to 20 of A-Z, 0-9, _, . and -, e.g. SOLUSDT.");
  }
  return text;
}

/** Parser of an http address; answers it without a slash at the end. */
export function httpUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new InvalidArgumentError("It must be an address like http://127.0.0.1:8080.");
  }
  if (url.protocol !== "http:") throw new InvalidArgumentError("Only http:// addresses are supported.");
  return url.origin;
}

/** Parser of where the operator's console listens, `HOST:PORT`; an IPv6 address stands in brackets, port 0 is any free one. */
export function consoleAddress(text: string): string {
  const port = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(
    text,
  )?.[1];
  if (port === undefined || Number(port) > 65_535) {
    throw new InvalidArgumentError("It must be HOST:PORT, e.g. 127.0.0.1:8081.");
  }
  return text;
}

/** Parser of a signed amount: a plain decimal other than 0. */
export function signedAmount(text: string): string {
  if (!/^[+-]?\d{1,20}(\.\d{1,20})?$/.test(text) || !/[1-9]/.test(text)) {
    throw new InvalidArgumentError("It must be a plain decimal other than 0, e.g. 12.5 or -12.5.");
  }
  return text;
}

/** Parser of why an operator does something. */
export function reason(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  if (text.trim() === "" || text.length > 200 || /[\u0000-\u001f\u007f]/.test(text)) {
    throw new InvalidArgumentError("It must be one line of 1 to 200 characters.");
  }
  return text;
}
