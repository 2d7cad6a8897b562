import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { WordBuffer } from "@buttonwood/protocol";
import type { FeedBatch } from "../../feed/port.js";
import { engineClientContract } from "../engine-client-contract.js";
import { InProcessClient } from "./in-process-client.js";
import { InProcessServer } from "./in-process-server.js";

engineClientContract("message ports", async (engine) => {
  const server = new InProcessServer();
  engine.publish = (batch) => server.publish(batch);
  const clients: InProcessClient[] = [];
  return {
    connect(options) {
      const { port1, port2 } = new MessageChannel();
      server.attach(port1, engine);
      const client = new InProcessClient(port2, options);
      clients.push(client);
      return client;
    },
    async kill() {
      server.close();
    },
    async close() {
      for (const client of clients) await client.close();
      server.close();
    },
  };
});

describe("feed in the answers' messages", () => {
  it("shows every batch once, to those with an answer in it and to the others", async () => {
    const { ButtonEngine } = await import("../engine-client-contract.js");
    const engine = new ButtonEngine();
    const server = new InProcessServer();
    engine.publish = (batch) => server.publish(batch);
    const [asking, watching] = [0, 1].map(() => {
      const { port1, port2 } = new MessageChannel();
      server.attach(port1, engine);
      return new InProcessClient(port2);
    });
    const seen: string[] = [];
    const watch = (name: string) => (batch: FeedBatch) => {
      assert.ok(batch.events instanceof WordBuffer);
      seen.push(`${name} ${batch.firstSequence}-${batch.lastSequence}`);
    };
    asking!.subscribe(watch("asking"));
    const stop = watching!.subscribe(watch("watching"));
    for (let i = 0; i < 3; i++) {
      const outcome = asking!.submit({ kind: "BARRIER", account: 0 });
      while (engine.messages.length === i) await new Promise(setImmediate);
      if (i === 2) stop();
      engine.commit([[engine.messages[i]!, 1]]);
      await outcome;
      assert.ok(seen.includes(`asking ${i + 1}-${i + 1}`), "the feed is there before the answer");
    }
    while (seen.length < 5) await new Promise(setImmediate);
    assert.deepEqual(seen.sort(), ["asking 1-1", "asking 2-2", "asking 3-3", "watching 1-1", "watching 2-2"]);
    for (const client of [asking!, watching!]) await client.close();
    server.close();
  });
});
