import { readFileSync } from "node:fs";

/** Files of one side of mutual TLS, in PEM. */
export interface TlsFiles {
  /** The authority that has signed the certificates of both sides. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** What `node:tls` is given: the other side must show a certificate of the same authority. */
export interface MutualTls {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly minVersion: "TLSv1.3";
  readonly requestCert: true;
  readonly rejectUnauthorized: true;
}

/** Reads the files. Throws an Error that names the one that can't be read. */
export function readTlsFiles(files: TlsFiles): MutualTls {
  return {
    ca: read("authority's certificate", files.authority),
    cert: read("certificate", files.certificate),
    key: read("private key", files.key),
    minVersion: "TLSv1.3",
    requestCert: true,
    rejectUnauthorized: true,
  };
}

function read(what: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`the ${what} for TLS can't be read: ${(error as Error).message}`);
  }
}
