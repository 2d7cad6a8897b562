/** A certificate for this machine alone, for development: made once, by the system's openssl. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { CertificateError, type CertificateFiles } from "./server-certificate.js";

/** Some systems distrust certificates that are valid for longer, also such that their users trust. */
const DAYS = 825;

const REQUEST = `[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = Buttonwood on localhost
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
`;

/**
 * The files of a folder's own certificate, which is made when it is not there. Clients that trust the certificate's
 * file connect to `localhost`, `127.0.0.1` and `::1`. Throws a {@link CertificateError} when it can't be made.
 */
export async function selfSignedFiles(folder: string): Promise<CertificateFiles> {
  const files = { certificateFile: join(folder, "certificate.pem"), keyFile: join(folder, "key.pem") };
  if (existsSync(files.certificateFile) && existsSync(files.keyFile)) return files;
  await mkdir(folder, { recursive: true });
  // Only the exchange's own user may look into it: the key lies there before its mode is set.
  const workshop = await mkdtemp(join(folder, "making-"));
  try {
    const made = { certificateFile: join(workshop, "certificate.pem"), keyFile: join(workshop, "key.pem") };
    const requestFile = join(workshop, "request.cnf");
    await writeFile(requestFile, REQUEST);
    await openssl([
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-batch"],
      ["-sha256", "-days", String(DAYS), "-config", requestFile],
      ["-keyout", made.keyFile, "-out", made.certificateFile],
    ]);
    await chmod(made.keyFile, 0o600);
    await chmod(made.certificateFile, 0o644);
    // The certificate comes last: where there is one, its key is there too.
    await rm(files.certificateFile, { force: true });
    await rename(made.keyFile, files.keyFile);
    await rename(made.certificateFile, files.certificateFile);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  return files;
}

async function openssl(parts: readonly (readonly string[])[]): Promise<void> {
  try {
    await promisify(execFile)("openssl", parts.flat(), { timeout: 60_000 });
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new CertificateError(
      isMissing
        ? "openssl is not installed, and makes the self-signed certificate."
        : `openssl could not make the self-signed certificate (${(error as Error).message.trim()}).`,
      "Install openssl (on Debian: apt-get install openssl), or give a certificate with --tls-cert and --tls-key.",
    );
  }
}
