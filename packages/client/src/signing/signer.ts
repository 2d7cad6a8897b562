/** Signatures with the Web Cryptography API: the same in Node and in browsers. */

/** Signs requests with an account's key. */
export interface Signer {
  readonly kind: "HMAC" | "ED25519";
  /** The signature of a text, as the exchange takes it: hex (HMAC) or base64 (Ed25519). */
  sign(text: string): Promise<string>;
}

/** How a client shows who it is. */
export type Credentials =
  | { readonly apiKey: string /** Of an HMAC key. */; readonly secretKey: string }
  | { readonly apiKey: string /** Ed25519, PKCS #8, as PEM. */; readonly privateKey: string }
  /** Ed25519 or HMAC with SHA-256, for signing; it need not be extractable. */
  | { readonly apiKey: string; readonly cryptoKey: SigningKey }
  | { readonly apiKey: string; readonly signer: Signer };

/** An account's key, ready to sign. */
export interface Identity {
  readonly apiKey: string;
  readonly signer: Signer;
}

export function identityOf(credentials: Credentials): Identity {
  const { apiKey } = credentials;
  if ("signer" in credentials) return { apiKey, signer: credentials.signer };
  if ("cryptoKey" in credentials) return { apiKey, signer: cryptoKeySigner(credentials.cryptoKey) };
  if ("privateKey" in credentials) return { apiKey, signer: ed25519Signer(credentials.privateKey) };
  return { apiKey, signer: hmacSigner(credentials.secretKey) };
}

/** HMAC-SHA256, in hex. */
export function hmacSigner(secretKey: string): Signer {
  let key: Promise<SigningKey> | undefined;
  return {
    kind: "HMAC",
    async sign(text) {
      key ??= subtle().importKey(
        "raw",
        new TextEncoder().encode(secretKey),
        { name: "HMAC", hash: "SHA-256" },
        false,
        ["sign"],
      );
      return hex(await subtle().sign("HMAC", await key, new TextEncoder().encode(text)));
    },
  };
}

/** Ed25519, in base64. Takes the private key as PKCS #8 in PEM, as `openssl genpkey -algorithm ed25519` writes it. */
export function ed25519Signer(privateKeyPem: string): Signer {
  let key: Promise<SigningKey> | undefined;
  return {
    kind: "ED25519",
    async sign(text) {
      key ??= subtle().importKey("pkcs8", bytesOfPem(privateKeyPem), "Ed25519", false, ["sign"]);
      return base64(await subtle().sign("Ed25519", await key, new TextEncoder().encode(text)));
    },
  };
}

/**
 * Signs with a key that Web Cryptography holds, Ed25519 or HMAC: made with `extractable` false, nobody can read it, not
 * even the page that signs with it. Throws TypeError for a key of another kind.
 */
export function cryptoKeySigner(key: SigningKey): Signer {
  switch (key.algorithm.name) {
    case "Ed25519":
      return {
        kind: "ED25519",
        sign: async (text) => base64(await subtle().sign("Ed25519", key, new TextEncoder().encode(text))),
      };
    case "HMAC":
      return {
        kind: "HMAC",
        sign: async (text) => hex(await subtle().sign("HMAC", key, new TextEncoder().encode(text))),
      };
    default:
      throw new TypeError(`a key of ${key.algorithm.name} signs no requests: Ed25519 and HMAC do`);
  }
}

/** A key of Web Cryptography, in Node and in browsers. */
export type SigningKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

function subtle(): typeof crypto.subtle {
  const { crypto } = globalThis;
  if (crypto?.subtle === undefined) {
    throw new Error("signing needs Web Cryptography: serve the page over https, or from localhost");
  }
  return crypto.subtle;
}

function bytesOfPem(pem: string): Uint8Array<ArrayBuffer> {
  const match = /-----BEGIN PRIVATE KEY-----([\s\S]+)-----END PRIVATE KEY-----/.exec(pem);
  if (match === null)
    throw new TypeError("a private key begins with -----BEGIN PRIVATE KEY----- (PKCS #8, PEM)");
  const text = atob(match[1]!.replace(/\s+/g, ""));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
