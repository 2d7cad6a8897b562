import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { Address } from "../../platform/address.js";
import { isServed } from "../../platform/control-socket.js";
import type { Registry } from "../../platform/metrics.js";

export interface ProbesOptions {
  readonly address: Address;
  readonly registry: Registry;
  /** Whether the process does what it is there for. */
  readonly isReady: () => boolean;
}

/** Where a machine asks how a role is. */
export interface Probes {
  close(): Promise<void>;
}

/** Answers `/metrics`, `/health/live` and `/health/ready` over HTTP. Rejects with Node's error when it can't listen. */
export async function serveProbes({ address, registry, isReady }: ProbesOptions): Promise<Probes> {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { "Content-Type": type });
      response.end(body);
    };
    switch (request.url?.split("?", 1)[0]) {
      case "/metrics":
        registry.metrics().then(
          (text) => answer(200, registry.contentType, text),
          (error: Error) => answer(500, "text/plain", error.message),
        );
        return;
      case "/health/live":
        answer(200, "application/json", '{"status":"live"}');
        return;
      case "/health/ready":
        if (isReady()) answer(200, "application/json", '{"status":"ready"}');
        else answer(503, "application/json", '{"status":"starting"}');
        return;
      default:
        answer(404, "text/plain", "ask /metrics, /health/live or /health/ready\n");
    }
  });
  // A socket's file outlives a process that was killed.
  if ("path" in address && !(await isServed(address.path))) await rm(address.path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(address, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return {
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
