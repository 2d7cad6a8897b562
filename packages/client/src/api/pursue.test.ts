import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ConnectionEndedError,
  NetworkError,
  OutcomeUnknownError,
  RateLimitedError,
  RefusedError,
} from "../errors.js";
import { ServerClock } from "../server-clock.js";
import { pursueCommand, pursueRead } from "./pursue.js";

const REFUSED = new RefusedError(-2010, "Account has insufficient balance for requested action.");
const TIMES = { attemptMs: 100, pursueMs: 30_000, minMs: 1, maxMs: 5 };

function clockSet(): ServerClock {
  const clock = new ServerClock();
  clock.observe(Date.now(), Date.now(), Date.now());
  return clock;
}

/** Attempts that end one after the other as they are listed; the last one again and again. */
function attempts(...ends: readonly (Error | string)[]): { attempt: () => Promise<string>; made: number[] } {
  const made: number[] = [];
  return {
    made,
    async attempt() {
      const end = ends[Math.min(made.length, ends.length - 1)]!;
      made.push(Date.now());
      if (typeof end === "string") return end;
      throw end;
    },
  };
}

const unknown = (validForMs: number): OutcomeUnknownError =>
  new OutcomeUnknownError("lost", { validUntilMs: Date.now() + validForMs });

describe("pursueCommand", () => {
  it("sends a command again until it is answered", async () => {
    const { attempt, made } = attempts(unknown(500), new NetworkError("never sent"), unknown(500), "done");
    assert.equal(await pursueCommand({ clock: clockSet(), times: TIMES }, { attempt }), "done");
    assert.equal(made.length, 4);
  });

  it("takes a refusal at once when no copy is in doubt", async () => {
    const { attempt, made } = attempts(new NetworkError("never sent"), REFUSED);
    await assert.rejects(pursueCommand({ clock: clockSet(), times: TIMES }, { attempt }), REFUSED);
    assert.equal(made.length, 2);
  });

  it("believes a refusal only when a copy in doubt can no longer arrive", async () => {
    const first = unknown(300);
    const { attempt, made } = attempts(first, REFUSED, REFUSED);
    await assert.rejects(pursueCommand({ clock: clockSet(), times: TIMES }, { attempt }), REFUSED);
    assert.equal(made.length, 3);
    assert.ok(made[2]! > first.validUntilMs!, "asked the last time before the first copy was past");
    // The delayed copy was taken after the second one was refused: the third one is told of it.
    const late = attempts(unknown(50), REFUSED, "the delayed copy's result");
    assert.equal(
      await pursueCommand({ clock: clockSet(), times: TIMES }, { attempt: late.attempt }),
      "the delayed copy's result",
    );
  });

  it("ends in an unknown outcome, with the id, when the time is over in doubt", async () => {
    const { attempt } = attempts(unknown(60_000), REFUSED);
    const asked = { attempt, symbol: "BTCUSDT", clientOrderId: "mine" };
    await assert.rejects(
      pursueCommand({ clock: clockSet(), times: TIMES }, asked),
      (error) =>
        error instanceof OutcomeUnknownError && error.clientOrderId === "mine" && error.symbol === "BTCUSDT",
    );
  });

  it("ends in an unknown outcome when the client is closed in doubt, not when it never sent anything", async () => {
    const closed = new ConnectionEndedError("closed");
    const pursuit = { clock: clockSet(), times: TIMES };
    await assert.rejects(pursueCommand(pursuit, attempts(unknown(5_000), closed)), OutcomeUnknownError);
    await assert.rejects(pursueCommand(pursuit, attempts(closed)), ConnectionEndedError);
  });

  it("asks what a refusal means after a doubt, where a second copy can't succeed", async () => {
    const { attempt, made } = attempts(unknown(5_000), REFUSED);
    const afterDoubt = async (refused: RefusedError): Promise<string> => `was done: ${refused.code}`;
    assert.equal(
      await pursueCommand({ clock: clockSet(), times: TIMES }, { attempt, afterDoubt }),
      "was done: -2010",
    );
    assert.equal(made.length, 2);
  });

  it("waits as long as the exchange asks for, and gives up when that is too long", async () => {
    const limited = (retryAfterMs: number): Error =>
      new RateLimitedError(-1003, "Too many.", { retryAfterMs });
    const pursuit = { clock: clockSet(), times: TIMES };
    const { attempt, made } = attempts(limited(200), "done");
    assert.equal(await pursueCommand(pursuit, { attempt }), "done");
    assert.ok(made[1]! - made[0]! >= 195);
    await assert.rejects(pursueCommand(pursuit, attempts(limited(60_000))), RateLimitedError);
  });

  it("sets a clock that was refused, and believes a second refusal of it", async () => {
    const clock = clockSet();
    const refused = new RefusedError(-1021, "Timestamp for this request is outside of the recvWindow.");
    const once = attempts(refused, "done");
    assert.equal(await pursueCommand({ clock, times: TIMES }, once), "done");
    assert.equal(clock.isSet, false);
    const always = attempts(refused);
    await assert.rejects(pursueCommand({ clock, times: TIMES }, always), refused);
    assert.equal(always.made.length, 3);
  });

  it("makes one attempt when nothing is to be pursued", async () => {
    const { attempt, made } = attempts(unknown(100), "done");
    const times = { ...TIMES, pursueMs: 0 };
    await assert.rejects(pursueCommand({ clock: clockSet(), times }, { attempt }), OutcomeUnknownError);
    assert.equal(made.length, 1);
  });
});

describe("pursueRead", () => {
  it("asks again after what may pass, and not after a refusal", async () => {
    const pursuit = { clock: clockSet(), times: TIMES };
    const busy = new RefusedError(-1008, "Server is currently overloaded.");
    assert.equal(await pursueRead(pursuit, attempts(new NetworkError("x"), busy, "read").attempt), "read");
    const refused = attempts(new RefusedError(-1121, "Invalid symbol."), "read");
    await assert.rejects(pursueRead(pursuit, refused.attempt), /Invalid symbol/);
    assert.equal(refused.made.length, 1);
  });
});
