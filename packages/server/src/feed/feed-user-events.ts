import type { FeedReader } from "./port.js";
import type { UserEvents, UserEventsListener } from "./user-events-port.js";

/** The events of an exchange of one process: the feed brings all of them. */
export class FeedUserEvents implements UserEvents {
  readonly #feed: FeedReader;

  constructor(feed: FeedReader) {
    this.#feed = feed;
  }

  follow(listener: UserEventsListener): () => void {
    let lastSequence = 0;
    return this.#feed.subscribe((batch) => {
      if (lastSequence > 0 && batch.firstSequence > lastSequence + 1) {
        listener.onGap("events are missing in the feed");
      }
      lastSequence = batch.lastSequence;
      listener.onGroups(batch.events);
    });
  }

  async watch(): Promise<void> {}

  unwatch(): void {}
}
