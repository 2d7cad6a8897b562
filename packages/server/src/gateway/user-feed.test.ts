import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { UserEvents, UserEventsListener } from "../feed/user-events-port.js";
import { HistoryLagsError } from "../transport/history-port.js";
import type { GatewayContext } from "./endpoint.js";
import { UserFeed } from "./user-feed.js";

/** Events of which a test says when a watch has begun. */
function heldEvents() {
  const begin: (() => void)[] = [];
  const unwatched: number[] = [];
  let listener: UserEventsListener | undefined;
  const events: UserEvents = {
    follow(to) {
      listener = to;
      return () => {};
    },
    watch: () => new Promise((resolve) => begin.push(resolve)),
    unwatch: (account) => unwatched.push(account),
  };
  return { events, begin, unwatched, gap: () => listener!.onGap("the projection was lost") };
}

describe("user feed", () => {
  it("a watch that was beginning when events may have been missed is refused to all, and begun anew", async () => {
    const { events, begin, unwatched, gap } = heldEvents();
    const feed = new UserFeed({} as GatewayContext, events, () => {});
    const first = feed.watch(7, () => {});
    gap();
    // Joins what is still beginning.
    const second = feed.watch(7, () => {});
    begin[0]!();
    await assert.rejects(first, HistoryLagsError);
    await assert.rejects(second, HistoryLagsError);
    assert.deepEqual(unwatched, [7]);
    const third = feed.watch(7, () => {});
    assert.equal(begin.length, 2);
    begin[1]!();
    (await third)();
    assert.deepEqual(unwatched, [7, 7]);
  });
});
