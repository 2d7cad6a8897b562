/** What every command may be asked for: stdout for machines. */
export interface OutputOptions {
  readonly json?: boolean | undefined;
}

/**
 * Ends a command with its result: with `--json` one JSON object and nothing else on stdout, else text for people.
 */
export function printResult(options: OutputOptions, result: unknown, text: () => string): void {
  process.stdout.write(`${options.json === true ? JSON.stringify(result) : text()}\n`);
}

/** Says something to people while work goes on; kept off stdout, which may be read by a machine. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
