/** What all of the operator's listeners share: they submit commands, and listings go one after the other. */
import { type Command, decodeEvents, type Event, Reason } from "@buttonwood/protocol";
import type { FastifyRequest } from "fastify";
import type { AssetEntry, CommandOutcome, EngineClient } from "../../transport/engine-port.js";
import type { AuditTrail } from "../audit/audit-trail.js";
import type { ExchangeCatalog, MarketEntry } from "../catalog.js";
import { AdminError, adminErrorOf } from "./admin-error.js";

export class OperatorDesk {
  readonly engine: EngineClient;
  readonly catalog: ExchangeCatalog;
  readonly #trail: AuditTrail;
  /** Listings take the next number. */
  #listing: Promise<unknown> = Promise.resolve();

  constructor(engine: EngineClient, catalog: ExchangeCatalog, trail: AuditTrail) {
    this.engine = engine;
    this.catalog = catalog;
    this.#trail = trail;
  }

  inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#listing.then(work, work);
    this.#listing = result.catch(() => undefined);
    return result;
  }

  /** Submits what a request asks, and resolves when it is durable. Throws {@link AdminError} for a refusal. */
  async submit(
    request: FastifyRequest,
    command: Command,
  ): Promise<{ readonly outcome: CommandOutcome; readonly events: Event[] }> {
    const outcome = await this.engine.submit(command);
    if (outcome.reason !== Reason.OK && outcome.reason !== Reason.REPEAT) throw adminErrorOf(outcome.reason);
    this.#trail.journaled(request, outcome.sequence);
    const events = decodeEvents(outcome.events, outcome.at, outcome.end);
    for (const event of events) this.catalog.apply(event);
    return { outcome, events };
  }

  accountOf(reference: number | string): number {
    if (typeof reference === "number") {
      if (reference === 0 || this.catalog.accounts.has(reference)) return reference;
    } else {
      const byName = this.catalog.accountByName(reference);
      if (byName !== undefined) return byName.account;
      if (reference === "house") return 0;
    }
    throw adminErrorOf(Reason.UNKNOWN_ACCOUNT, `account ${reference}`);
  }

  /** The house only gathers fees and pays them out. */
  traderOf(reference: number | string): number {
    const account = this.accountOf(reference);
    if (account !== 0) return account;
    throw new AdminError(
      409,
      "HOUSE_ACCOUNT",
      "The house gathers the fees; it does not trade, take deposits or hold keys.",
      "Name another account.",
    );
  }

  assetOf(name: string): AssetEntry {
    const asset = this.catalog.asset(name);
    if (asset === undefined) throw adminErrorOf(Reason.UNKNOWN_ASSET, `asset ${name}`);
    return asset;
  }

  marketOf(symbol: string): MarketEntry {
    const market = this.catalog.market(symbol);
    if (market === undefined) throw adminErrorOf(Reason.UNKNOWN_MARKET, `market ${symbol}`);
    return market;
  }
}
