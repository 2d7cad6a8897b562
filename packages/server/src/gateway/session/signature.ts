/** Checks that a request was made by the holder of a key. */
import { createHmac, hash, timingSafeEqual, verify } from "node:crypto";
import { refusal } from "../errors.js";
import { type Credential, KeyKind } from "./key-store.js";

const HEX_64 = /^[0-9a-fA-F]{64}$/;

/**
 * Checks a signature. `payload` holds bytes as characters (latin-1), exactly as received. Returns the signature as
 * it is always written, or undefined when it does not fit: a signature may be sent in several spellings (hex in
 * either case, base64 with or without padding), and what derives from it must be the same for all of them.
 * Takes as long for a wrong signature as for a right one.
 */
export function fittingSignature(
  credential: Credential,
  payload: string,
  signature: string,
): string | undefined {
  switch (credential.kind) {
    case KeyKind.HMAC: {
      if (!HEX_64.test(signature)) return undefined;
      const expected = createHmac("sha256", credential.key).update(payload, "latin1").digest();
      return timingSafeEqual(expected, Buffer.from(signature, "hex")) ? signature.toLowerCase() : undefined;
    }
    case KeyKind.ED25519: {
      const bytes = Buffer.from(signature, "base64");
      if (bytes.length !== 64) return undefined;
      const fits = verify(null, Buffer.from(payload, "latin1"), credential.key, bytes);
      return fits ? bytes.toString("base64") : undefined;
    }
  }
}

/**
 * A client order id of 22 characters that belongs to a signed request and no other: the same request sent again
 * gets the same id, and so its original result.
 */
export function idOfSignature(signature: string, purpose: string): string {
  return hash("sha256", purpose + signature, "base64url").slice(0, 22);
}

/** Where `signature` stands in a query string or body, and what is left without it. */
export interface SignedPart {
  readonly rest: string;
  /** Still percent-encoded; undefined when it is not here. */
  readonly signature: string | undefined;
}

/** Takes the `signature` parameter out of one part of a request. Refuses two. */
export function splitSignature(part: string): SignedPart {
  const at = part.startsWith("signature=") ? 0 : part.lastIndexOf("&signature=");
  if (at < 0) return { rest: part, signature: undefined };
  const start = at + (at === 0 && part.startsWith("signature=") ? 10 : 11);
  const next = part.indexOf("&", start);
  const signature = next < 0 ? part.slice(start) : part.slice(start, next);
  const before = part.slice(0, at);
  const rest = next < 0 ? before : at === 0 ? part.slice(next + 1) : before + part.slice(next);
  if (rest.startsWith("signature=") || rest.includes("&signature=")) throw refusal("DUPLICATE_PARAMETER");
  return { rest, signature };
}
