/** Values that change much faster than they are drawn: all that changed is told once a frame, together. */
import { useSyncExternalStore } from "react";

const jobs = new Set<() => void>();
let isScheduled = false;

/** Runs a function at the next frame; asked for several times before, it still runs once. None runs in a hidden tab. */
export function onNextFrame(job: () => void): void {
  jobs.add(job);
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(runJobs);
}

function runJobs(): void {
  isScheduled = false;
  const due = [...jobs];
  jobs.clear();
  for (const job of due) {
    try {
      job();
    } catch (error) {
      // A bug of one job: seen in the console, without taking the others with it.
      reportError(error);
    }
  }
}

/** A value that components can follow. */
export class Signal<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    onNextFrame(this.#tell);
  }

  /** Returns how to stop. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  readonly read = (): T => this.#value;

  readonly #tell = (): void => {
    for (const listener of this.#listeners) listener();
  };
}

/** The value of a signal; the component is drawn again when it changes, at most once a frame. */
export function useSignal<T>(signal: Signal<T>): T {
  return useSyncExternalStore(signal.subscribe, signal.read);
}
