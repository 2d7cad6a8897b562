import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Closable, Redialer } from "./redial.js";
import { FakeTime, settle } from "./testing/fake-time.js";
import { randomOf, testSeed } from "./testing/random.js";

const CLIENTS = 200;
const AWAY_MS = 30_000;

describe("many clients of a server", () => {
  it(`row 21: come back spread over time, and seldom while it is away (seed ${testSeed})`, async () => {
    const time = new FakeTime();
    const random = randomOf(testSeed);
    let isUp = true;
    const attemptsMs: number[] = [];
    const lost: (() => void)[] = [];
    const clients = Array.from({ length: CLIENTS }, () => {
      return new Redialer<Closable>({
        dial: async () => {
          attemptsMs.push(time.nowMs);
          if (!isUp) throw new Error("nobody listens");
          return { close() {} };
        },
        onLink: (_link, onLost) => void lost.push(onLost),
        timers: time.timers,
        random,
      });
    });
    await settle();
    assert.equal(lost.length, CLIENTS);
    await time.pass(5_000);

    isUp = false;
    attemptsMs.length = 0;
    for (const tell of lost.splice(0)) tell();
    await time.pass(AWAY_MS);
    // Half a second apart at most, a quarter at least, but for the first few.
    const each = attemptsMs.length / CLIENTS;
    assert.ok(each > AWAY_MS / 500 && each < AWAY_MS / 250 + 10, `${each} attempts of each client`);

    isUp = true;
    attemptsMs.length = 0;
    await time.pass(500);
    assert.equal(lost.length, CLIENTS, "everyone is back within the longest wait");
    const perSlice = new Array<number>(10).fill(0);
    for (const ms of attemptsMs) perSlice[Math.min(9, Math.floor((ms - 5_000 - AWAY_MS) / 50))]!++;
    assert.ok(Math.max(...perSlice) < CLIENTS / 4, `attempts in each twentieth of a second: ${perSlice}`);
    for (const client of clients) client.close("the test is over");
  });
});
