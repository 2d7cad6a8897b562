import { type Command, decodeEvents, OrderType, Reason, Side } from "@buttonwood/protocol";
import { type CommandOutcome, EngineBusyError, OutcomeUnknownError } from "../../transport/engine-port.js";
import { MARKER_MIN } from "../auditor.js";
import { EPOCH_US } from "../sim-gateway.js";
import { identity } from "./answers-check.js";
import type { Cluster } from "./cluster.js";
import { GOLD, USD } from "./cluster-plan.js";
import { GatewayLostError, type GatewayProcess } from "./gateway-process.js";
import { TraderCommands } from "./trader-commands.js";

/** How traders behave, drawn per seed. */
export interface TraderRates {
  /** A command is sent twice at once, over two gateways. */
  readonly duplicate: number;
  /** A command is one that makes the core throw. */
  readonly poison: number;
  /** A command must be taken soon, or not at all. */
  readonly hurried: number;
  /** A turn also asks for what the account has, and how far its market is. */
  readonly asking: number;
  /** Mean time between turns, in µs. */
  readonly turnUs: number;
  readonly turnCommandsMax: number;
}

/** How many commands are left to send, of all traders. */
export interface Workload {
  left: number;
}

/** What one try to send a command came to, when it came to no answer. */
type NoAnswer = "unknown" | "busy";

/** Longest that a gateway that runs may owe an answer, in µs: its own limits, and pauses. */
const ANSWER_US_MAX = 15_000_000;

/** How long the funds desk tries, in µs: a refusal for want of funds before that needs a reason. */
const FUNDING_US = 4_900_000;

/** A client with an account. Sends commands over any gateway, and again as long as it does not know what became of them. */
export class Trader {
  readonly account: number;
  readonly commands: TraderCommands;
  readonly #cluster: Cluster;
  readonly #gateways: readonly GatewayProcess[];
  readonly #workload: Workload;
  readonly #rates: TraderRates;
  /** Commands without a last answer. */
  unanswered = 0;
  #begun = 0;
  #marks = 0;

  constructor(
    cluster: Cluster,
    account: number,
    gateways: readonly GatewayProcess[],
    workload: Workload,
    rates: TraderRates,
  ) {
    const { world, plan, audit } = cluster;
    this.#cluster = cluster;
    this.account = account;
    this.#gateways = gateways;
    this.#workload = workload;
    this.#rates = rates;
    this.commands = new TraderCommands(world.random, plan, account, (asset) =>
      audit.funds.free(account, asset),
    );
  }

  /** Trades, one turn after the other, until nothing is left to send. */
  start(): void {
    const { random, scheduler } = this.#cluster.world;
    scheduler.after(random.integer(1, 2 * this.#rates.turnUs), () => {
      if (this.#workload.left === 0) return;
      this.#turn();
      this.start();
    });
  }

  /**
   * Sends a command until it is answered, and resolves to its outcome; with undefined when it was given up because it
   * can't be sent again, or was not taken.
   */
  async send(command: Command): Promise<CommandOutcome | undefined> {
    const { world, audit } = this.#cluster;
    const { random, scheduler } = world;
    this.unanswered++;
    this.#begun++;
    let mayBeTaken = false;
    try {
      for (;;) {
        const outcome = await this.#attempt(command);
        if (typeof outcome !== "string") {
          const events = decodeEvents(outcome.events, outcome.at, outcome.end);
          // An earlier try may still be under way, and be taken when this one was refused.
          audit.answers.answered(command, outcome.reason, outcome.orderId, events, { isLast: !mayBeTaken });
          this.commands.observe(events);
          world.trace("answer", this.account, outcome.sequence, outcome.reason);
          return outcome;
        }
        if (outcome === "unknown") {
          if (identity(command) === undefined) return undefined;
          mayBeTaken = true;
        } else if (!mayBeTaken && random.chance(0.3)) {
          audit.answers.turnedAway(command);
          return undefined;
        }
        await new Promise<void>((resolve) => scheduler.after(random.integer(1_000, 50_000), resolve));
      }
    } finally {
      this.unanswered--;
    }
  }

  #turn(): void {
    const { random, scheduler } = this.#cluster.world;
    const count = random.integer(0, this.#rates.turnCommandsMax);
    for (let i = 0; i < count && this.#workload.left > 0; i++) {
      this.#workload.left--;
      let command = this.commands.next(this.#rates.poison);
      if (random.chance(this.#rates.hurried)) {
        command = { ...command, deadlineUs: EPOCH_US + scheduler.nowUs + random.integer(-500, 20_000) };
      }
      const isOnce = takesEffectOnce(command);
      if (isOnce && command.deadlineUs === undefined) command = this.#marked(command);
      void this.send(command);
      if (random.chance(this.#rates.duplicate) && !isOnce) void this.send(command);
    }
    if (random.chance(this.#rates.asking)) void this.ask();
  }

  /** A command that is told from all others by its deadline, which is far away. */
  #marked(command: Command): Command {
    return { ...command, deadlineUs: MARKER_MIN + this.account * 1e9 + ++this.#marks };
  }

  /** Sends a command over one of the gateways. */
  async #attempt(command: Command): Promise<CommandOutcome | NoAnswer> {
    const { world, audit } = this.#cluster;
    const { scheduler } = world;
    const need = needOf(command);
    const watch = need === undefined ? undefined : audit.funds.watch(command.account, need.asset);
    const begun = this.unanswered === 1 ? this.#begun : -1;
    const sentUs = scheduler.nowUs;
    try {
      const outcome = await this.#pickGateway().request((client) => client.submit(command));
      this.#checkAnswered(command, sentUs);
      const partition = this.#partitionOf(command);
      if (partition !== undefined) audit.onOutcome(partition, outcome);
      const wasAlone = begun === this.#begun;
      const isEarly = scheduler.nowUs - sentUs < FUNDING_US;
      if (outcome.reason === Reason.INSUFFICIENT_BALANCE && need !== undefined && wasAlone && isEarly) {
        if (watch!.lowest >= need.amount) {
          world.fail(
            `account ${this.account} was refused an order for ${need.amount} of asset ${need.asset}, though it had ${watch!.lowest} free all the time`,
          );
        }
      }
      return outcome;
    } catch (error) {
      if (error instanceof EngineBusyError) {
        this.#checkAnswered(command, sentUs);
        return "busy";
      }
      if (!(error instanceof OutcomeUnknownError || error instanceof GatewayLostError)) {
        world.fail(`${command.kind} was answered with ${(error as Error).stack}`);
      }
      return "unknown";
    } finally {
      watch?.stop();
    }
  }

  /** What a gateway tells must be as new as all that was acknowledged before it was asked, and whole. */
  async ask(): Promise<void> {
    const { random } = this.#cluster.world;
    const market = random.integer(0, this.#cluster.plan.markets.length - 1);
    await Promise.all([this.#askSequence(market), this.#askBalances()]).catch(() => {});
  }

  async #askSequence(market: number): Promise<void> {
    const { world, audit, plan, map } = this.#cluster;
    const partition = audit.partition(map.partitionOfMarket(plan.markets[market]!.symbol));
    const known = partition.acknowledgedTo;
    const sequence = await this.#pickGateway().request((client) =>
      client.query({ kind: "sequence", market }),
    );
    if (sequence < known)
      world.fail(`a question is answered as of ${sequence}, after ${known} was acknowledged`);
    if (sequence > partition.sequence)
      world.fail(`a question is answered as of ${sequence}, which is not durable`);
  }

  async #askBalances(): Promise<void> {
    const { account } = this;
    const { world, audit } = this.#cluster;
    const changes = audit.funds.changes(account);
    const balances = await this.#pickGateway().request((client) =>
      client.query({ kind: "balances", account }),
    );
    // What changed meanwhile may be in it or not.
    if (audit.funds.changes(account) !== changes) return;
    for (const { asset, free, locked } of balances) {
      const [isFree, isLocked] = [audit.funds.free(account, asset), audit.funds.locked(account, asset)];
      if (free === isFree && locked === isLocked) continue;
      world.fail(
        `account ${account} is told of ${free} free and ${locked} locked of asset ${asset}, but has ${isFree} and ${isLocked}`,
      );
    }
  }

  #pickGateway(): GatewayProcess {
    return this.#cluster.world.random.pick(this.#gateways);
  }

  #checkAnswered(command: Command, sentUs: number): void {
    const { world } = this.#cluster;
    const us = world.scheduler.nowUs - sentUs;
    if (us > ANSWER_US_MAX) world.fail(`${command.kind} was answered only after ${(us / 1e6).toFixed(1)} s`);
  }

  /** The one partition that answers a command; undefined where an answer may come from several. */
  #partitionOf(command: Command): number | undefined {
    const { plan, map } = this.#cluster;
    const ofMarket = (market: number): number => map.partitionOfMarket(plan.markets[market]!.symbol);
    switch (command.kind) {
      case "NEW_ORDER":
        return ofMarket(command.order.market);
      case "CANCEL_ORDER":
      case "MOVE_ORDER":
      case "REDUCE_ORDER":
        return ofMarket(command.market);
      case "DEPOSIT":
      case "WITHDRAW":
        return map.homeOf(command.account);
      default:
        return undefined;
    }
  }
}

/** Whether one sending is sequenced once at most: it carries no id, and goes to one partition. */
function takesEffectOnce({ kind }: Command): boolean {
  return kind === "CANCEL_ORDER" || kind === "REDUCE_ORDER";
}

/** What an order at a price, which has time enough to be funded, needs free by the rules. */
function needOf(command: Command): { readonly asset: number; readonly amount: number } | undefined {
  if (command.kind !== "NEW_ORDER" || command.deadlineUs !== undefined) return undefined;
  const { side, type, priceTicks, lots } = command.order;
  if (type !== OrderType.LIMIT && type !== OrderType.LIMIT_MAKER) return undefined;
  return side === Side.BUY ? { asset: USD, amount: priceTicks * lots } : { asset: GOLD, amount: lots };
}
