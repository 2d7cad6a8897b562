/** The console's figures: computed once a second for all who look, and not at all while nobody does. */
import { availableParallelism } from "node:os";
import { IdleCores } from "../../platform/idle-cores.js";
import type { OperatorDesk } from "../admin/operator-desk.js";
import { type LimitNow, limitNow, type TierUsage, tierUsages } from "./limiting-tier.js";
import { type Reconciliation, reconcile } from "./reconciliation.js";
import type { VenueLook, VenueSource } from "./venue.js";

export interface ConsoleFigures extends VenueLook {
  /** When they were taken, in ms since 1970. */
  readonly atMs: number;
  readonly commandsPerSecond: number;
  readonly machine: { readonly cores: number; readonly idleCores: number };
  readonly tiers: readonly TierUsage[];
  readonly limit: LimitNow;
  /** Null before the engines have told it; while one of them is away it stays as it was. */
  readonly reconciliation: Reconciliation | null;
}

/** Time between two looks, in ms. */
const LOOK_MS = 1_000;
/** Looking ends when nobody has asked for this long, in ms. */
const IDLE_MS = 5_000;
/** Engines that take longer, in ms, are away: the rest is shown without them. */
const SUPPLIES_MS_MAX = 1_500;

export class FiguresDesk {
  readonly #source: VenueSource;
  readonly #desk: OperatorDesk;
  readonly #machine = new IdleCores();
  #latest: ConsoleFigures | undefined;
  #looking: Promise<ConsoleFigures> | undefined;
  #reconciliation: Reconciliation | null = null;
  #askedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(source: VenueSource, desk: OperatorDesk) {
    this.#source = source;
    this.#desk = desk;
  }

  /** The latest figures, or those that are being taken when there are none from the last seconds. */
  figures(): Promise<ConsoleFigures> {
    this.#askedMs = performance.now();
    if (this.#timer !== undefined && this.#latest !== undefined) return Promise.resolve(this.#latest);
    return this.#look();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #look(): Promise<ConsoleFigures> {
    this.#looking ??= this.#take()
      .then((figures) => {
        this.#latest = figures;
        return figures;
      })
      .finally(() => {
        this.#looking = undefined;
        this.#lookLater();
      });
    return this.#looking;
  }

  #lookLater(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isClosed || performance.now() - this.#askedMs > IDLE_MS) return;
    this.#timer = setTimeout(() => {
      // Whoever asks next is told what is wrong, by a look of its own.
      this.#look().catch(() => undefined);
    }, LOOK_MS);
    this.#timer.unref();
  }

  async #take(): Promise<ConsoleFigures> {
    const [look] = await Promise.all([this.#source.look(), this.#reconcile()]);
    const cores = availableParallelism();
    const machine = { cores, idleCores: Math.min(cores, this.#machine.sinceLast()) };
    const commandsPerSecond = look.parts
      .filter(({ tier }) => tier === "engine")
      .reduce((sum, { perSecond }) => sum + (perSecond ?? 0), 0);
    const tiers = tierUsages(look.parts);
    return {
      ...look,
      atMs: Date.now(),
      commandsPerSecond,
      machine,
      tiers,
      limit: limitNow(look.kind, tiers, machine, commandsPerSecond),
      reconciliation: this.#reconciliation,
    };
  }

  async #reconcile(): Promise<void> {
    const { engine, catalog } = this.#desk;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), SUPPLIES_MS_MAX);
    });
    const told = engine.query({ kind: "status", supplies: true }).then(
      ({ supplies }) => supplies,
      () => undefined,
    );
    const supplies = await Promise.race([told, late]).finally(() => clearTimeout(timer));
    if (supplies !== undefined && supplies.length > 0) {
      this.#reconciliation = reconcile(supplies, catalog.assets);
    }
  }
}
