/** One backend of the classic pipeline: a Node cluster, whose workers share a port. */
import cluster, { type Worker } from "node:cluster";
import { createBackendApp } from "./backend-app.js";
import type { BackendSettings } from "./settings.js";

function lead(settings: BackendSettings): void {
  const workers = new Set<Worker>();
  let listening = 0;
  let isStopping = false;
  const startWorker = (): void => {
    const worker = cluster.fork();
    workers.add(worker);
    // Sent earlier, the settings would come before the worker listens to messages.
    worker.once("message", () => worker.send(settings));
  };
  const stop = (): void => {
    isStopping = true;
    for (const worker of workers) worker.process.kill("SIGKILL");
  };
  cluster.on("listening", (_worker, { port }) => {
    if (++listening === settings.workers) process.send?.({ port });
  });
  cluster.on("exit", (worker) => {
    workers.delete(worker);
    // A worker that crashes is replaced, one that never worked is not.
    if (listening < settings.workers) stop();
    if (!isStopping) startWorker();
    else if (workers.size === 0) process.exit(listening < settings.workers ? 1 : 0);
  });
  process.once("SIGTERM", stop);
  // Without its parent it has no purpose.
  process.once("disconnect", stop);
  for (let i = 0; i < settings.workers; i++) startWorker();
}

process.once("message", (settings: BackendSettings) => {
  if (cluster.isPrimary) lead(settings);
  else void createBackendApp(settings).listen({ host: "127.0.0.1", port: settings.port });
});
if (cluster.isWorker) process.send?.("ready");
