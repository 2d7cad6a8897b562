/** What a log may be limited to, from all to the least. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
