import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FromSubscribers, SubscriberPlan, SubscriberResult, ToSubscribers } from "./plan.js";

/** Subscribers that are all connected, in a process of their own. */
export interface OpenSubscribers {
  /** Measures from now on, for as long as planned. */
  measure(): Promise<SubscriberResult>;
  stop(): void;
}

/** Connects all subscribers. Rejects when one can't connect, or their process dies. */
export function openSubscribers(
  plan: SubscriberPlan,
  onOpening: (open: number) => void,
): Promise<OpenSubscribers> {
  const child = fork(fileURLToPath(new URL("./subscriber-load.js", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const tell = (message: ToSubscribers): void => void child.send(message);
  let failed = (_: Error): void => {};
  const failure = new Promise<never>((_, reject) => {
    failed = reject;
  });
  // Whoever waits hears of it; while nobody does it is not lost.
  failure.catch(() => {});
  const result = new Promise<SubscriberResult>((resolve) => {
    child.on("message", (message: FromSubscribers) => {
      if (message.kind === "result") resolve(message.result);
      if (message.kind === "failed") failed(new Error(`the subscribers failed: ${message.message}`));
    });
  });
  child.on("exit", (code, signal) => failed(new Error(`the subscribers ended early (${code ?? signal})`)));
  const open = new Promise<OpenSubscribers>((resolve) => {
    child.on("message", (message: FromSubscribers) => {
      if (message.kind === "opening") onOpening(message.open);
      if (message.kind !== "open") return;
      resolve({
        measure() {
          tell({ kind: "begin" });
          return Promise.race([result, failure]);
        },
        stop: () => void child.kill("SIGKILL"),
      });
    });
  });
  tell({ kind: "plan", plan });
  return Promise.race([open, failure]);
}
