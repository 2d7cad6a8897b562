/** Whether a request changed anything that it must not change. */
import type { TestExchange } from "../../../main/testing/test-exchange.js";

/** The accounts of the demo start. */
const ACCOUNTS = [1, 2];

export class StateWatch {
  readonly #exchange: TestExchange;
  #sequence = -1;
  #digest = "";
  /** Balances and open orders as of the last look; undefined when something was changed since. */
  #holdings: string | undefined;

  private constructor(exchange: TestExchange) {
    this.#exchange = exchange;
  }

  static async over(exchange: TestExchange): Promise<StateWatch> {
    const watch = new StateWatch(exchange);
    await watch.#look();
    watch.#holdings = await watch.#readHoldings();
    return watch;
  }

  /** After a request; returns what is wrong, or undefined. `mayChange`: it was answered as done, and no GET. */
  async after(mayChange: boolean): Promise<string | undefined> {
    const [sequence, digest] = [this.#sequence, this.#digest];
    await this.#look();
    if (this.#sequence === sequence) {
      return this.#digest === digest ? undefined : "the state's digest has changed without a command";
    }
    if (mayChange) {
      this.#holdings = await this.#readHoldings();
      return undefined;
    }
    // A refusal of the core takes a sequence, and so another digest; what the accounts have must be the same.
    const holdings = await this.#readHoldings();
    const same = holdings === this.#holdings;
    const before = this.#holdings;
    this.#holdings = holdings;
    return same ? undefined : `balances or open orders have changed, from ${before} to ${holdings}`;
  }

  async #look(): Promise<void> {
    const { sequence, digest } = await this.#exchange.engine.query({ kind: "status" });
    this.#sequence = sequence;
    this.#digest = digest;
  }

  async #readHoldings(): Promise<string> {
    const { engine } = this.#exchange;
    const all = await Promise.all(
      ACCOUNTS.flatMap((account) => [
        engine.query({ kind: "balances", account }),
        engine.query({ kind: "openOrders", account, market: -1 }),
      ]),
    );
    return JSON.stringify(all);
  }
}
