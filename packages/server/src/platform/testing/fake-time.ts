import type { Timers } from "../timers.js";

/** Time that passes when a test says so. */
export class FakeTime {
  nowMs = 0;
  readonly #tasks: { readonly atMs: number; readonly run: () => void }[] = [];

  readonly timers: Timers = {
    after: (ms, run) => {
      const task = { atMs: this.nowMs + ms, run };
      this.#tasks.push(task);
      return () => {
        const at = this.#tasks.indexOf(task);
        if (at >= 0) this.#tasks.splice(at, 1);
      };
    },
  };

  /** Lets time pass: runs what is due, one after the other, and settles what each has promised. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await settle();
    for (;;) {
      const due = this.#tasks.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#tasks.splice(this.#tasks.indexOf(due), 1);
      this.nowMs = Math.max(this.nowMs, due.atMs);
      due.run();
      await settle();
    }
    this.nowMs = endMs;
  }
}

/** Lets promises and what they have deferred run their course. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
}
