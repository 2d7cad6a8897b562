import { type Logger, pino } from "pino";

export type { Logger } from "pino";

/** Fields that never reach a log, wherever they stand. */
const SECRET_FIELDS = ["secretKey", "signature", "apiKey", "authorization", "password"];

/**
 * The process's log: one JSON object a line on standard error. Secrets are blanked by name, as a last resort:
 * the first one is not to log requests.
 */
export function createLogger(options: { readonly name: string; readonly level?: string }): Logger {
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
    pino.destination({ fd: 2, sync: true }),
  );
}
