const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** A client order id that nobody else makes: 22 characters of `A–Z a–z 0–9 - _`, 132 random bits. */
export function newClientOrderId(): string {
  let id = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(22))) id += ALPHABET[byte & 63]!;
  return id;
}
