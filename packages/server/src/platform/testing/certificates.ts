import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TlsFiles } from "../tls-credentials.js";

/**
 * Makes a certificate for 127.0.0.1 and localhost in a folder, signed by the folder's own authority, which is made
 * when it is not there. Throws with what to install when openssl is missing.
 */
export function makeCertificate(folder: string, name: string): TlsFiles {
  const file = (end: string): string => join(folder, end);
  const authority = file("authority.crt");
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-batch"];
  if (!existsSync(authority)) {
    openssl(
      ["req", "-x509", ...curve, "-days", "2", "-subj", "/CN=authority"],
      ["-keyout", file("authority.key"), "-out", authority],
    );
  }
  const files = {
    authorityFile: authority,
    certificateFile: file(`${name}.crt`),
    keyFile: file(`${name}.key`),
  };
  const extensions = file(`${name}.ext`);
  writeFileSync(extensions, "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  openssl(["req", ...curve, "-subj", `/CN=${name}`], ["-keyout", files.keyFile, "-out", file(`${name}.csr`)]);
  openssl(
    ["x509", "-req", "-days", "2", "-CA", authority, "-CAkey", file("authority.key"), "-CAcreateserial"],
    ["-in", file(`${name}.csr`), "-extfile", extensions, "-out", files.certificateFile],
  );
  return files;
}

function openssl(...parts: readonly (readonly string[])[]): void {
  try {
    execFileSync("openssl", parts.flat(), { stdio: "pipe" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error("openssl is not installed; on Debian: apt-get install openssl");
  }
}
