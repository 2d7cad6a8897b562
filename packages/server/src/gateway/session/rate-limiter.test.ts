import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { BAN_US_MAX, LocalBans } from "../../platform/bans.js";
import { LocalCounters } from "../../platform/window-counters.js";
import { RateLimiter, REFUSALS_MAX } from "./rate-limiter.js";
import type { LimitsSetting } from "./rate-limits.js";
import { RateRefusal } from "./rate-refusal.js";

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;
const DAY_US = 86_400 * SECOND_US;
/** A midnight, at which every interval begins. */
const MIDNIGHT_US = 20_000 * DAY_US;
const HOME = "203.0.113.7";

let nowUs: number;
let bans: LocalBans;
let limiter: RateLimiter;

function open(setting: LimitsSetting): void {
  const clock = { nowUs: () => nowUs };
  bans = new LocalBans(clock);
  limiter = new RateLimiter({ counters: new LocalCounters(clock), bans, clock, setting });
}

beforeEach(() => {
  nowUs = MIDNIGHT_US;
  open("published");
});

/** Code, status and seconds until a next try of what is refused; undefined when it is not. */
function refusalOf(work: () => void): [code: number, status: number, seconds: number] | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof RateRefusal, String(error));
    return [error.entry.code, error.entry.status, error.retryAfterSeconds];
  }
}

/** A request as a gateway handles it. */
function send(weight = 1, address = HOME): ReturnType<typeof refusalOf> {
  return refusalOf(() => {
    try {
      limiter.admit(address);
      limiter.take(address, weight);
    } catch (error) {
      limiter.struck(address, error as RateRefusal);
      throw error;
    }
  });
}

/** Places orders that are taken, and answers how the first refused one was refused. */
function place(count: number, account = 1): ReturnType<typeof refusalOf> {
  for (let i = 0; i < count; i++) {
    const refused = refusalOf(() => limiter.takeOrders(account, 1));
    if (refused !== undefined) return refused;
    limiter.ordersAnswered(account, 1, 1);
  }
  return undefined;
}

describe("request weight", () => {
  it("is 6,000 a minute by address, and begins anew with the minute", () => {
    for (let i = 0; i < 60; i++) assert.equal(send(100), undefined);
    nowUs += 15 * SECOND_US;
    assert.deepEqual(send(), [-1003, 429, 45]);
    assert.equal(send(1, "203.0.113.8"), undefined);
    nowUs = MIDNIGHT_US + MINUTE_US - 1;
    assert.deepEqual(send(), [-1003, 429, 1]);
    nowUs = MIDNIGHT_US + MINUTE_US;
    assert.equal(send(6_000), undefined);
    assert.deepEqual(send(), [-1003, 429, 60]);
  });

  it("is refused by a request that alone is too much, and then all of the minute", () => {
    assert.equal(send(5_999), undefined);
    assert.deepEqual(send(2), [-1003, 429, 60]);
    assert.deepEqual(send(1), [-1003, 429, 60]);
  });

  it("also counts what is refused for another reason", () => {
    for (let i = 0; i < 6_000; i++) limiter.note(HOME, 1);
    assert.deepEqual(send(), [-1003, 429, 60]);
  });

  it("is named in the refusal, with when to come back", () => {
    send(6_000);
    nowUs += 500_000;
    assert.throws(
      () => limiter.take(HOME, 1),
      (error: RateRefusal) => {
        const message =
          "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. " +
          "Please use WebSocket Streams for live updates to avoid polling the API.";
        assert.deepEqual(JSON.parse(error.body), { code: -1003, msg: message });
        assert.deepEqual(JSON.parse(error.bodyWithTimes).data, {
          serverTime: nowUs / 1000,
          retryAfter: (MIDNIGHT_US + MINUTE_US) / 1000,
        });
        return true;
      },
    );
  });
});

describe("raw requests", () => {
  it("are 61,000 in five minutes by address", () => {
    for (let i = 0; i < 61_000; i++) {
      if (i % 6_000 === 0) nowUs = Math.min(nowUs + MINUTE_US, MIDNIGHT_US + 5 * MINUTE_US - 1);
      assert.equal(
        refusalOf(() => limiter.take(HOME, 0)),
        undefined,
        String(i),
      );
    }
    assert.deepEqual(send(0), [-1003, 429, 1]);
    nowUs = MIDNIGHT_US + 5 * MINUTE_US;
    assert.equal(send(0), undefined);
  });
});

describe("orders", () => {
  it("are 100 in ten seconds by account", () => {
    assert.equal(place(100), undefined);
    nowUs += 4 * SECOND_US;
    assert.deepEqual(place(1), [-1015, 429, 6]);
    assert.equal(place(1, 2), undefined);
    nowUs = MIDNIGHT_US + 10 * SECOND_US;
    assert.equal(place(100), undefined);
    assert.deepEqual(limiter.orders(1), { tenSeconds: 100, day: 200 });
  });

  it("are 200,000 a day", () => {
    for (let i = 0; i < 2_000; i++) {
      assert.equal(place(100), undefined);
      nowUs += 10 * SECOND_US;
    }
    assert.deepEqual(place(1), [-1015, 429, 86_400 - 20_000]);
    nowUs = MIDNIGHT_US + DAY_US;
    assert.equal(place(1), undefined);
  });

  it("count while they are on their way, and not when they are refused", () => {
    for (let i = 0; i < 100; i++) limiter.takeOrders(1, 1);
    assert.deepEqual(place(1), [-1015, 429, 10]);
    for (let i = 0; i < 100; i++) limiter.ordersAnswered(1, 1, i < 40 ? 1 : 0);
    assert.deepEqual(limiter.orders(1), { tenSeconds: 40, day: 40 });
    assert.equal(place(60), undefined);
    assert.deepEqual(place(1), [-1015, 429, 10]);
  });

  it("count no more once they trade, as in the convention's examples", () => {
    place(5);
    limiter.orderTraded(1);
    assert.deepEqual(limiter.orders(1), { tenSeconds: 4, day: 4 });
    // Orders of yesterday that trade today are taken from today's, and there is no credit.
    nowUs = MIDNIGHT_US + DAY_US;
    limiter.orderTraded(1);
    limiter.orderTraded(1);
    assert.deepEqual(limiter.orders(1), { tenSeconds: 0, day: 0 });
    place(1);
    assert.deepEqual(limiter.orders(1), { tenSeconds: 1, day: 1 });
    // So long as they trade, more may be placed.
    for (let i = 0; i < 500; i++) {
      assert.equal(place(1), undefined);
      limiter.orderTraded(1);
    }
  });

  it("that are refused ban nobody by themselves", () => {
    place(100);
    for (let i = 0; i < 2 * REFUSALS_MAX; i++) {
      assert.throws(
        () => limiter.takeOrders(1, 1),
        (error: RateRefusal) => {
          limiter.struck(HOME, error);
          return true;
        },
      );
    }
    assert.equal(bans.until(HOME), 0);
  });
});

describe("connections", () => {
  it("are 300 attempts in five minutes by address", () => {
    for (let i = 0; i < 300; i++) limiter.connect(HOME);
    nowUs += MINUTE_US;
    assert.deepEqual(
      refusalOf(() => limiter.connect(HOME)),
      [-1003, 429, 240],
    );
    limiter.connect("203.0.113.8");
    nowUs = MIDNIGHT_US + 5 * MINUTE_US;
    limiter.connect(HOME);
  });
});

describe("an address that goes on after refusals", () => {
  /** Goes on until it is banned; answers for how many seconds it is. */
  function goOn(): number {
    send(6_000);
    for (let i = 0; i <= REFUSALS_MAX; i++) assert.equal(send()?.[1], 429, String(i));
    const refused = send();
    assert.deepEqual(refused?.slice(0, 2), [-1003, 418]);
    return refused![2];
  }

  it("is banned, for two minutes first and twice as long each time, up to three days", () => {
    const seconds: number[] = [];
    for (let i = 0; i < 14; i++) {
      seconds.push(goOn());
      nowUs = bans.until(HOME);
      assert.equal(bans.until(HOME), 0);
    }
    const minutes = seconds.map((each) => each / 60);
    assert.deepEqual(minutes, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 4_320, 4_320]);
  });

  it("is told until when, may open nothing, and does not concern others", () => {
    goOn();
    assert.throws(
      () => limiter.admit(HOME),
      new RegExp(`IP banned until ${(MIDNIGHT_US + 2 * MINUTE_US) / 1000}\\.`),
    );
    assert.deepEqual(
      refusalOf(() => limiter.connect(HOME)),
      [-1003, 418, 120],
    );
    assert.equal(send(1, "203.0.113.8"), undefined);
    nowUs += 2 * MINUTE_US - 1;
    assert.deepEqual(send(), [-1003, 418, 1]);
    nowUs += 1;
    assert.equal(send(), undefined);
  });

  it("begins with two minutes again after three quiet days", () => {
    goOn();
    nowUs = bans.until(HOME);
    assert.equal(goOn(), 240);
    nowUs = bans.until(HOME) + BAN_US_MAX;
    assert.equal(goOn(), 120);
  });

  it("and stops in time is not banned", () => {
    for (let minute = 0; minute < 5; minute++) {
      send(6_000);
      for (let i = 0; i < REFUSALS_MAX; i++) assert.equal(send()?.[1], 429);
      nowUs += MINUTE_US;
    }
    assert.equal(bans.until(HOME), 0);
  });

  it("is told of once", () => {
    const told: [string, number][] = [];
    bans.onBan((address, untilUs) => told.push([address, untilUs]));
    goOn();
    for (let i = 0; i < 10; i++) send();
    assert.deepEqual(told, [[HOME, MIDNIGHT_US + 2 * MINUTE_US]]);
  });
});

describe("what is told of limits", () => {
  it("is what is enforced", () => {
    const told = JSON.parse(limiter.limitsJson) as {
      rateLimitType: string;
      interval: string;
      limit: number;
    }[];
    assert.deepEqual(
      told.map(({ rateLimitType, interval, limit }) => [rateLimitType, interval, limit]),
      [
        ["REQUEST_WEIGHT", "MINUTE", 6_000],
        ["ORDERS", "SECOND", 100],
        ["ORDERS", "DAY", 200_000],
        ["RAW_REQUESTS", "MINUTE", 61_000],
      ],
    );
    send(7);
    place(3);
    const used = JSON.parse(limiter.usedJson(HOME, 1)) as {
      interval: string;
      limit: number;
      count: number;
    }[];
    assert.deepEqual(
      used.map(({ interval, limit, count }) => [interval, limit, count]),
      [
        ["SECOND", 100, 3],
        ["DAY", 200_000, 3],
        ["MINUTE", 6_000, 7],
      ],
    );
  });

  it("is nothing where there are none, and all is still counted", () => {
    open("none");
    assert.deepEqual(
      [limiter.limitsJson, limiter.ordersJson(1), limiter.usedJson(HOME, 1)],
      ["[]", "[]", "[]"],
    );
    for (let i = 0; i < 100; i++) assert.equal(send(1_000), undefined);
    assert.equal(place(1_000), undefined);
    for (let i = 0; i < 1_000; i++) limiter.connect(HOME);
    assert.equal(limiter.weight(HOME), 100_000);
    assert.deepEqual(limiter.orders(1), { tenSeconds: 1_000, day: 1_000 });
  });
});
