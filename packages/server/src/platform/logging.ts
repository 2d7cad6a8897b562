import { type Logger, pino } from "pino";

export type { Logger } from "pino";

/** Fields that never reach a log, wherever they stand. */
const SECRET_FIELDS = ["secretKey", "signature", "apiKey", "authorization", "password"];

export interface LoggerOptions {
  readonly name: string;
  readonly level?: string;
  /** Appended to; without one it is standard error. Its folder is made when it is missing. */
  readonly file?: string;
}

/**
 * The process's log: one JSON object a line. Secrets are blanked by name, as a last resort: the first one is not to
 * log requests.
 */
export function createLogger(options: LoggerOptions): Logger {
  const paths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  paths.push('headers["x-mbx-apikey"]', '*.headers["x-mbx-apikey"]');
  return pino(
    {
      name: options.name,
      level: options.level ?? "info",
      base: { pid: process.pid },
      redact: { paths, censor: "[secret]" },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ dest: options.file ?? 2, sync: true, mkdir: true, mode: 0o600 }),
  );
}
