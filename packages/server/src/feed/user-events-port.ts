import type { WordBuffer } from "@buttonwood/protocol";

/**
 * What a gateway follows of the exchange's events: every listing, and whatever happens to the accounts that its
 * clients watch.
 */
export interface UserEvents {
  /** Begins to follow. Returns how to stop. There is one listener. */
  follow(listener: UserEventsListener): () => void;

  /**
   * Watches an account: whatever happens to it after the promise has resolved is told. Rejects with HistoryLagsError
   * when that can't be had now.
   */
  watch(account: number): Promise<void>;

  unwatch(account: number): void;
}

export interface UserEventsListener {
  /** Whole groups back to back, as in the journal; among them may be some that concern nobody here. */
  onGroups(events: WordBuffer): void;

  /** Events may have been missed until now, so that whatever was built from them is out of date. `why`: for people. */
  onGap(why: string): void;
}
