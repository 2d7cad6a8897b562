import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import fastify from "fastify";
import { ConsoleExposedError, checkConsoleAddress, isLoopback, listenConsole } from "./console-listener.js";

describe("the console's listener", () => {
  it("is for its own machine alone unless it has TLS", () => {
    for (const host of ["127.0.0.1", "127.3.2.1", "localhost", "::1"]) assert.ok(isLoopback(host), host);
    for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.com", "localhost.example.com"]) {
      assert.throws(() => checkConsoleAddress({ host, port: 1 }, false), ConsoleExposedError, host);
      checkConsoleAddress({ host, port: 1 }, true);
    }
  });

  it("takes another port when its own is taken, where that is allowed", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    const address = { host: "127.0.0.1", port };
    await assert.rejects(listenConsole(fastify(), address, undefined), { code: "EADDRINUSE" });
    const listener = await listenConsole(fastify(), { ...address, orAnyPort: true }, undefined);
    assert.notEqual(new URL(listener.url).port, String(port));
    assert.equal((await fetch(listener.url)).status, 404);
    await listener.close();
    await new Promise((resolve) => other.close(resolve));
  });
});
