import { setImmediate } from "node:timers/promises";
import type { World } from "../world.js";

/** Lets a world's time pass while a test waits for what happens in it. Returns how to end that. */
export function runInBackground(world: World): () => void {
  let isOver = false;
  void (async () => {
    for (; !isOver; await setImmediate()) await world.scheduler.run(() => isOver);
  })();
  return () => {
    isOver = true;
  };
}
