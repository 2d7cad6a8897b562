import { type Command, MarketStatus, Reason } from "@buttonwood/protocol";
import type { Catalog, CommandOutcome, EngineClient } from "../../transport/engine-port.js";
import { mergedOutcome } from "./merge-outcomes.js";

/** A command that adds to what is listed; its number must be the next one. */
export type ListingCommand = Command & { readonly kind: "LIST_ASSET" | "LIST_MARKET" | "OPEN_ACCOUNT" };

/** A partition lists something else under a number than partition 0: no order there means what it seems to. */
export class ListingsDifferError extends Error {
  override readonly name = "ListingsDifferError";
}

/**
 * Every partition lists the same assets, markets and accounts under the same numbers. Partition 0 goes first and
 * decides which number is whose; the others follow it, and one that was away is brought to the same list later.
 */
export class Listings {
  readonly #partitions: readonly EngineClient[];

  constructor(partitions: readonly EngineClient[]) {
    this.#partitions = partitions;
  }

  /**
   * Lists on all partitions. Rejects when one of them does not answer: repeated, or by the next gateway that
   * starts, the rest is done.
   */
  async add(command: ListingCommand): Promise<CommandOutcome> {
    const first = await this.#partitions[0]!.submit(command);
    if (first.reason !== Reason.OK) {
      // What partition 0 has already may be missing elsewhere, when the command was cut short before.
      await this.complete();
      return first;
    }
    const others = await Promise.all(this.#partitions.slice(1).map((client) => client.submit(command)));
    if (others.some(({ reason }) => reason !== Reason.OK)) await this.complete();
    return first;
  }

  /** Sends a command that every partition takes as often as it is sent, and answers as partition 0 does. */
  async setOnAll(command: Command): Promise<CommandOutcome> {
    let outcomes = await Promise.all(this.#partitions.map((client) => client.submit(command)));
    if (outcomes[0]!.reason === Reason.OK && outcomes.some(({ reason }) => reason !== Reason.OK)) {
      await this.complete();
      outcomes = await Promise.all(this.#partitions.map((client) => client.submit(command)));
    }
    return outcomes.find(({ reason }) => reason !== Reason.OK) ?? outcomes[0]!;
  }

  /** Sends a command to all and answers with the events of all; with a refusal when none of them took it. */
  async gather(command: Command): Promise<CommandOutcome> {
    const outcomes = await Promise.all(this.#partitions.map((client) => client.submit(command)));
    const taken = outcomes.filter(({ reason }) => reason === Reason.OK);
    if (taken.length === 0) return outcomes[0]!;
    return mergedOutcome(taken[0]!, taken, { reason: Reason.OK, detail: 0 });
  }

  /** Lists on every partition what partition 0 has and it lacks, as it stands there. Returns partition 0's list. */
  async complete(): Promise<Catalog> {
    const [first, ...others] = this.#partitions;
    const whole = await first!.query({ kind: "catalog" });
    await Promise.all(others.map((client, index) => completeOne(whole, client, index + 1)));
    return whole;
  }
}

async function completeOne(whole: Catalog, client: EngineClient, partition: number): Promise<void> {
  const own = await client.query({ kind: "catalog" });
  for (const { kind, number, name, ownName } of pairs(whole, own)) {
    if (ownName === undefined || ownName === name) continue;
    throw new ListingsDifferError(
      `Partition ${partition} lists ${kind} ${number} as ${ownName}, partition 0 as ${name}. They are not of the ` +
        "same cluster: check the shards' addresses in the topology.",
    );
  }
  // Commands keep their order on the way, so that each finds what it names.
  const missing = [
    ...whole.assets
      .slice(own.assets.length)
      .map((asset): Command => ({ kind: "LIST_ASSET", account: 0, ...asset })),
    ...whole.markets.slice(own.markets.length).flatMap((market): Command[] => {
      const { status, lastPriceTicks: _, bandReferenceTicks, ...fields } = market;
      const commands: Command[] = [{ kind: "LIST_MARKET", account: 0, ...fields }];
      if (bandReferenceTicks !== 0) {
        const { bidDownPpm, bidUpPpm, askDownPpm, askUpPpm } = fields;
        const bands = { bidDownPpm, bidUpPpm, askDownPpm, askUpPpm, referenceTicks: bandReferenceTicks };
        commands.push({ kind: "SET_MARKET_BANDS", account: 0, market: market.market, ...bands });
      }
      if (status !== MarketStatus.TRADING) {
        commands.push({ kind: "SET_MARKET_STATUS", account: 0, market: market.market, status });
      }
      return commands;
    }),
    ...whole.accounts.slice(own.accounts.length).flatMap(({ account, name, frozen }): Command[] => {
      const opened: Command = { kind: "OPEN_ACCOUNT", account, name };
      return frozen ? [opened, { kind: "SET_ACCOUNT_STATUS", account, status: 1 }] : [opened];
    }),
  ];
  for (const [index, { reason }] of (
    await Promise.all(missing.map((command) => client.submit(command)))
  ).entries()) {
    // Another gateway may be doing the same: what it was faster with is not the next number any more.
    if (reason === Reason.OK || reason === Reason.MALFORMED_COMMAND) continue;
    throw new Error(
      `Partition ${partition} refused ${missing[index]!.kind} with reason ${reason}, which partition 0 took. ` +
        "Every partition must be configured for the same numbers of assets, markets and accounts.",
    );
  }
}

interface Pair {
  readonly kind: "asset" | "market" | "account";
  readonly number: number;
  readonly name: string;
  /** undefined: not listed yet. */
  readonly ownName: string | undefined;
}

function* pairs(whole: Catalog, own: Catalog): Generator<Pair> {
  for (const [number, { name }] of whole.assets.entries()) {
    yield { kind: "asset", number, name, ownName: own.assets[number]?.name };
  }
  for (const [number, { symbol }] of whole.markets.entries()) {
    yield { kind: "market", number, name: symbol, ownName: own.markets[number]?.symbol };
  }
  for (const [number, { name }] of whole.accounts.entries()) {
    yield { kind: "account", number, name, ownName: own.accounts[number]?.name };
  }
}
