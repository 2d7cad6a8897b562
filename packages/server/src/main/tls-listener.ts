/** The clients' listener over TLS: its port from the first moment on, its certificate, and another one on SIGHUP. */
import { join } from "node:path";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { RecoveryProgress } from "../engine/recovery.js";
import type { Gateway } from "../gateway/gateway.js";
import { selfSignedFiles } from "../platform/self-signed.js";
import {
  CertificateError,
  type CertificateFiles,
  readServerCertificate,
  type ServerCertificate,
} from "../platform/server-certificate.js";
import { registerTlsMetrics } from "./metrics/tls-metrics.js";
import { RecoveryListener } from "./recovery-listener.js";

export interface TlsOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Undefined: a self-signed certificate, made in the data folder by the first start that wants one. */
  readonly files: CertificateFiles | undefined;
}

/** A certificate that expires within this time is warned of at every start, in ms. */
const EXPIRES_SOON_MS = 14 * 86_400_000;

export class TlsListener {
  readonly #options: TlsOptions;
  readonly #logger: Logger;
  readonly #recovery: RecoveryListener;
  readonly #files: CertificateFiles;
  #certificate: ServerCertificate;

  private constructor(
    options: TlsOptions,
    logger: Logger,
    recovery: RecoveryListener,
    files: CertificateFiles,
    certificate: ServerCertificate,
  ) {
    this.#options = options;
    this.#logger = logger;
    this.#recovery = recovery;
    this.#files = files;
    this.#certificate = certificate;
  }

  /**
   * Takes the port, checks the files and tells on the port that the exchange recovers. Throws a `CertificateError` for
   * files that can't be used, and Node's error when it can't listen; then nothing is left behind.
   */
  static async hold(options: TlsOptions, dataFolder: string, logger: Logger): Promise<TlsListener> {
    const recovery = new RecoveryListener("https");
    const port = await recovery.listen(options);
    try {
      const files = options.files ?? (await selfSignedFiles(join(dataFolder, "tls")));
      const certificate = readServerCertificate(files, Date.now());
      recovery.showCertificate(certificate);
      const listener = new TlsListener({ ...options, port }, logger, recovery, files, certificate);
      listener.#warnOfExpiry();
      return listener;
    } catch (error) {
      await recovery.close();
      throw error;
    }
  }

  /** What a client trusts, when no authority that it knows has signed it. */
  get certificateFile(): string {
    return this.#files.certificateFile;
  }

  /** What is shown at the moment. */
  get certificate(): ServerCertificate {
    return this.#certificate;
  }

  /** What `/health/ready` tells while the exchange recovers. */
  update(progress: RecoveryProgress): void {
    this.#recovery.update(progress);
  }

  close(): Promise<void> {
    return this.#recovery.close();
  }

  /** Gives the port to the gateway. */
  async open(gateway: Gateway, registry: Registry): Promise<{ readonly url: string; readonly port: number }> {
    registerTlsMetrics(registry, () => this.#certificate.expiresMs / 1000);
    await this.#recovery.close();
    return gateway.listenTls(this.#options, this.#certificate);
  }

  /** Reads the files again. When they can't be used, the old ones stay, and the log says why. */
  reload(gateway: Gateway): void {
    try {
      this.#certificate = readServerCertificate(this.#files, Date.now());
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      this.#logger.error(`${error.message} ${error.remedy} The certificate from before is still shown.`);
      return;
    }
    gateway.replaceCertificate(this.#certificate);
    this.#logger.info(`the certificate was read again from ${this.certificateFile}`);
    this.#warnOfExpiry();
  }

  #warnOfExpiry(): void {
    const leftMs = this.#certificate.expiresMs - Date.now();
    if (leftMs > EXPIRES_SOON_MS) return;
    const days = Math.floor(leftMs / 86_400_000);
    this.#logger.warn(
      `the certificate in ${this.certificateFile} expires in ${days} days: renew it, then send SIGHUP or restart`,
    );
  }
}
