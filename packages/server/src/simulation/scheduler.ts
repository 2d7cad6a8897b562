/** Virtual time: tasks run in order of their time, then of their scheduling. Nothing else advances it. */
export class Scheduler {
  /** µs of virtual time since the start. */
  nowUs = 0;
  readonly #heap: Task[] = [];
  #order = 0;

  /** Runs a task after a delay, in µs. Returns how to call it off. */
  after(delayUs: number, run: () => void): () => void {
    const task: Task = { atUs: this.nowUs + Math.max(0, delayUs), order: this.#order++, run };
    const heap = this.#heap;
    let i = heap.push(task) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(task, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = task;
    return () => {
      task.run = undefined;
    };
  }

  /**
   * Runs tasks until none is left or `done` says so. What a task has promised is settled before the next one: a tick
   * comes after all promises (and, unlike an immediate, costs no look at the system's events).
   */
  async run(done: () => boolean): Promise<void> {
    while (!done()) {
      const task = this.#pop();
      if (task === undefined) return;
      if (task.run === undefined) continue;
      this.nowUs = task.atUs;
      task.run();
      await new Promise<void>((resolve) => process.nextTick(resolve));
    }
  }

  #pop(): Task | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return first;
  }
}

interface Task {
  readonly atUs: number;
  readonly order: number;
  /** Undefined when it was called off. */
  run: (() => void) | undefined;
}

function isBefore(a: Task, b: Task): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order);
}
