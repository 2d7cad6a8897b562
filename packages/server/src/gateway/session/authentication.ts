/** From a signed request to the account it speaks for: first the signature, over raw bytes, then the rest. */
import type { Clock } from "../../platform/clock.js";
import { Security } from "../endpoint.js";
import { refusal } from "../errors.js";
import type { RawParameters } from "../parameters.js";
import { type Credential, KeyRateLimits, type KeyStore, NEVER_US } from "./key-store.js";
import { deadlineOf } from "./request-time.js";
import { fittingSignature, splitSignature } from "./signature.js";

const KEY_FORM = /^[\w-]{16,128}$/;

/** Whether a key has not ended, and may be used from an address. */
export function mayBeUsed({ expiresUs, allowed }: Credential, address: string, clock: Clock): boolean {
  if (expiresUs !== NEVER_US && clock.nowUs() >= expiresUs) return false;
  return allowed === undefined || allowed.has(address);
}

/**
 * The key that a header or `apiKey` parameter names. One that has ended, or is used from where it may not be, is
 * refused as one that there never was.
 */
export function credentialOf(
  keys: KeyStore,
  apiKey: string | undefined,
  address: string,
  clock: Clock,
): Credential {
  if (apiKey === undefined || !KEY_FORM.test(apiKey)) throw refusal("BAD_API_KEY_FORMAT");
  const credential = keys.find(apiKey);
  if (credential === undefined || !mayBeUsed(credential, address, clock)) throw refusal("REJECTED_API_KEY");
  return credential;
}

/** Whether a key is named for which no rate limits hold. Where a signature is asked for, it is still to be checked. */
export function namesUnlimited(
  keys: KeyStore,
  apiKey: string | undefined,
  address: string,
  clock: Clock,
): boolean {
  if (apiKey === undefined) return false;
  const credential = keys.find(apiKey);
  return credential?.rateLimits === KeyRateLimits.NONE && mayBeUsed(credential, address, clock);
}

/** A request whose signature fits: its parts without the signature, and the signature as it is always written. */
export interface SignedRequest {
  readonly query: string;
  readonly body: string;
  readonly signature: string;
}

/** Checks the signature over query string and body as received, less the signature itself. */
export function checkSigned(credential: Credential, query: string, body: string): SignedRequest {
  const inQuery = splitSignature(query);
  const inBody = splitSignature(body);
  if (inQuery.signature !== undefined && inBody.signature !== undefined) throw refusal("DUPLICATE_PARAMETER");
  const encoded = inBody.signature ?? inQuery.signature;
  if (encoded === undefined || encoded === "") throw refusal("MANDATORY_PARAMETER", "signature");
  const signature = fittingSignature(credential, inQuery.rest + inBody.rest, decodedSignature(encoded));
  if (signature === undefined) throw refusal("INVALID_SIGNATURE");
  return { query: inQuery.rest, body: inBody.rest, signature };
}

function decodedSignature(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw refusal("INVALID_SIGNATURE");
  }
}

/**
 * Checks the signature of a WebSocket request: over its parameters but `signature`, sorted by name. Clients differ
 * in whether they percent-encode the values, so both are taken. Returns the signature as it is always written.
 */
export function checkSignedParameters(credential: Credential, raw: RawParameters): string {
  const sent = raw.get("signature");
  if (sent === undefined || sent === "") throw refusal("MANDATORY_PARAMETER", "signature");
  const names = [...raw.keys()].filter((name) => name !== "signature").sort();
  const plain = names.map((name) => `${name}=${raw.get(name)}`).join("&");
  const signature = fittingSignature(credential, plain, sent);
  if (signature !== undefined) return signature;
  const encoded = names.map((name) => `${name}=${encodeURIComponent(raw.get(name)!)}`).join("&");
  const overEncoded = encoded === plain ? undefined : fittingSignature(credential, encoded, sent);
  if (overEncoded === undefined) throw refusal("INVALID_SIGNATURE");
  return overEncoded;
}

/** Refuses a key that lacks what the endpoint needs. */
export function checkScope(security: Security, credential: { canRead: boolean; canTrade: boolean }): void {
  const allowed = security === Security.TRADE ? credential.canTrade : credential.canRead;
  if (!allowed) throw refusal("REJECTED_API_KEY");
}

/** Takes `timestamp` and `recvWindow` out and returns the command's deadline. */
export function takeDeadline(raw: RawParameters, clock: Clock): number {
  const deadlineUs = deadlineOf(raw.get("timestamp"), raw.get("recvWindow"), clock.nowUs());
  raw.delete("timestamp");
  raw.delete("recvWindow");
  return deadlineUs;
}
