/** How long an orderly end may take before the process ends anyway, in ms: supervisors kill after ten seconds. */
const SHUTDOWN_TIMEOUT_MS = 8_000;

/**
 * Ends the process in order: the steps run in reverse of their registration (what was started last is stopped
 * first), once, whatever asks for it.
 */
export class Shutdown {
  readonly #steps: { readonly name: string; readonly step: () => Promise<void> | void }[] = [];
  readonly #onError: (name: string, error: unknown) => void;
  #running: Promise<void> | undefined;

  constructor(onError: (name: string, error: unknown) => void) {
    this.#onError = onError;
  }

  /** Registers a step. */
  add(name: string, step: () => Promise<void> | void): void {
    this.#steps.push({ name, step });
  }

  /** Runs every step; one that fails is reported and does not keep the others from running. */
  run(): Promise<void> {
    this.#running ??= this.#runSteps();
    return this.#running;
  }

  /** Ends the process on SIGINT and SIGTERM; a second signal ends it at once. */
  onSignals(): void {
    let asked = false;
    const end = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(signal === "SIGINT" ? 130 : 143);
      asked = true;
      const timer = setTimeout(() => {
        this.#onError("shutdown", new Error(`not done after ${SHUTDOWN_TIMEOUT_MS} ms`));
        process.exit(1);
      }, SHUTDOWN_TIMEOUT_MS);
      timer.unref();
      void this.run().then(() => process.exit(0));
    };
    process.on("SIGINT", end);
    process.on("SIGTERM", end);
  }

  async #runSteps(): Promise<void> {
    for (const { name, step } of this.#steps.reverse()) {
      try {
        await step();
      } catch (error) {
        this.#onError(name, error);
      }
    }
  }
}
