import { cpus } from "node:os";

/** The cores of this machine on which nothing ran. */
export class IdleCores {
  #last = idleMs();

  /** Since the last call, on average. */
  sinceLast(): number {
    const before = this.#last;
    this.#last = idleMs();
    const elapsedMs = this.#last.atMs - before.atMs;
    return elapsedMs > 0 ? (this.#last.idleMs - before.idleMs) / elapsedMs : 0;
  }
}

function idleMs(): { readonly idleMs: number; readonly atMs: number } {
  return { idleMs: cpus().reduce((sum, { times }) => sum + times.idle, 0), atMs: performance.now() };
}
