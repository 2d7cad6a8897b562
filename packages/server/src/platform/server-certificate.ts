/** The certificate that a server shows its clients, checked before anything is started with it. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";

/** Files in PEM: the server's own certificate first, then those between it and a known authority. */
export interface CertificateFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** A certificate that can be served. */
export interface ServerCertificate {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** When it expires, in ms since 1970. */
  readonly expiresMs: number;
  /** No authority has signed it. */
  readonly isSelfSigned: boolean;
}

/** Versions before it have known weaknesses, and no client that is kept up needs them. */
export const TLS_VERSION_MIN = "TLSv1.2";

/** Certificate and key can't be used. Says what is wrong with which file; `remedy` says what to do. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

/**
 * Reads certificate and key. Throws a {@link CertificateError} when they can't be read, don't belong together, or
 * are not valid at `nowMs`.
 */
export function readServerCertificate(
  { certificateFile, keyFile }: CertificateFiles,
  nowMs: number,
): ServerCertificate {
  const cert = read("certificate", certificateFile);
  const key = read("private key", keyFile);
  const certificate = parseCertificate(certificateFile, cert);
  const privateKey = parseKey(keyFile, key);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new CertificateError(
      `the key in ${keyFile} is not that of the certificate in ${certificateFile}.`,
      "Name the two files that were made together; in a chain the server's own certificate comes first.",
    );
  }
  const fromMs = Date.parse(certificate.validFrom);
  const expiresMs = Date.parse(certificate.validTo);
  if (nowMs >= expiresMs) {
    throw new CertificateError(
      `the certificate in ${certificateFile} has expired, on ${dayOf(expiresMs)}: no client would connect.`,
      "Renew it where it came from, and name the new files.",
    );
  }
  if (nowMs < fromMs) {
    throw new CertificateError(
      `the certificate in ${certificateFile} is valid only from ${dayOf(fromMs)} on: no client would connect.`,
      "See that this machine's clock is right, or name a certificate that is valid today.",
    );
  }
  try {
    createSecureContext({ cert, key, minVersion: TLS_VERSION_MIN });
  } catch (error) {
    throw new CertificateError(
      `${certificateFile} and ${keyFile} can't be used for TLS (${(error as Error).message}).`,
      "Give both in PEM, with a key of at least 2048 bits (RSA) or 256 bits (ECDSA).",
    );
  }
  return { cert, key, expiresMs, isSelfSigned: certificate.verify(certificate.publicKey) };
}

function read(what: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CertificateError(
      `the ${what} for TLS can't be read (${(error as Error).message}).`,
      "Name a file that is there and that this user may read.",
    );
  }
}

function parseCertificate(file: string, bytes: Buffer): X509Certificate {
  try {
    return new X509Certificate(bytes);
  } catch {
    throw new CertificateError(
      `${file} holds no certificate in PEM.`,
      "Name the file that begins with -----BEGIN CERTIFICATE-----.",
    );
  }
}

function parseKey(file: string, bytes: Buffer): KeyObject {
  try {
    return createPrivateKey(bytes);
  } catch (error) {
    const isEncrypted =
      (error as NodeJS.ErrnoException).code === "ERR_MISSING_PASSPHRASE" || bytes.includes("ENCRYPTED");
    throw isEncrypted
      ? new CertificateError(
          `the private key in ${file} is encrypted, and nobody can be asked for its passphrase.`,
          `Decrypt it once into a file that only this user may read: openssl pkey -in ${file} -out FILE.`,
        )
      : new CertificateError(
          `${file} holds no private key in PEM.`,
          "Name the file that begins with -----BEGIN PRIVATE KEY-----.",
        );
  }
}

function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
