import { readFileSync } from "node:fs";

/** Files of one side of mutual TLS, in PEM. */
export interface TlsFiles {
  /** The authority that has signed the certificates of both sides. */
  readonly authorityFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** What `node:tls` is given: the other side must show a certificate of the same authority. */
export interface TlsCredentials {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly minVersion: "TLSv1.3";
  readonly requestCert: true;
  readonly rejectUnauthorized: true;
}

/** Reads the files. Throws an Error that names the one that can't be read. */
export function readTlsFiles(files: TlsFiles): TlsCredentials {
  return {
    ca: read("authority's certificate", files.authorityFile),
    cert: read("certificate", files.certificateFile),
    key: read("private key", files.keyFile),
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
