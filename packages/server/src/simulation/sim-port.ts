import type { MessageEnd } from "../platform/message-end.js";
import type { SimProcess, World } from "./world.js";

/** Two ends of a link between processes: in order, delayed, and cut when a process dies. */
export function simPorts(world: World, a: SimProcess, b: SimProcess): readonly [SimPort, SimPort] {
  const one = new SimPort(world, a);
  const two = new SimPort(world, b);
  one.other = two;
  two.other = one;
  for (const process of [a, b]) process.onKill(() => one.cut());
  return [one, two];
}

export class SimPort implements MessageEnd {
  other: SimPort | undefined;
  readonly #world: World;
  readonly #process: SimProcess;
  readonly #onMessage: ((message: unknown) => void)[] = [];
  readonly #onClose: (() => void)[] = [];
  /** Messages that came before anyone listened. */
  readonly #early: unknown[] = [];
  #open = true;
  #lastArrivalUs = 0;

  constructor(world: World, process: SimProcess) {
    this.#world = world;
    this.#process = process;
  }

  postMessage(message: unknown): void {
    const { other } = this;
    if (!this.#open || other === undefined) return;
    const { nowUs } = this.#world.scheduler;
    const delayUs = this.#world.random.integer(5, 300);
    this.#lastArrivalUs = Math.max(this.#lastArrivalUs, nowUs + delayUs);
    other.#process.after(this.#lastArrivalUs - nowUs, () => other.#receive(message));
  }

  // biome-ignore lint/suspicious/noExplicitAny: the two overloads of MessageEnd in one
  on(event: "message" | "close", listener: (message: any) => void): unknown {
    if (event === "close") this.#onClose.push(listener as () => void);
    else {
      this.#onMessage.push(listener);
      for (const message of this.#early.splice(0)) listener(message);
    }
    return this;
  }

  close(): void {
    this.cut();
  }

  /** Breaks the link: what is on its way is lost, and both ends hear of it after a while. */
  cut(): void {
    for (const end of [this, this.other!]) {
      if (!end.#open) continue;
      end.#open = false;
      end.#process.after(this.#world.random.integer(10, 1000), () => {
        for (const listener of end.#onClose) listener();
      });
    }
  }

  #receive(message: unknown): void {
    if (!this.#open) return;
    if (this.#onMessage.length === 0) this.#early.push(message);
    for (const listener of this.#onMessage) listener(message);
  }
}
