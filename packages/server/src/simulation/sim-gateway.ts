import type { RandomCommands } from "@buttonwood/core/reference";
import { type Command, decodeEvents, encodeCommand, WordBuffer } from "@buttonwood/protocol";
import { EngineBusyError, OutcomeUnknownError } from "../transport/engine-port.js";
import { InProcessClient } from "../transport/in-process/in-process-client.js";
import { type Auditor, MARKER_MIN, withoutTime } from "./auditor.js";
import type { SimPort } from "./sim-port.js";
import { SimProcess, type World } from "./world.js";

/** Where gateways get their commands, and how many are left. */
export interface Workload {
  readonly commands: RandomCommands;
  left: number;
  sent: number;
  answered: number;
  poisons: number;
}

/** How gateways behave, drawn per seed. */
export interface GatewayRates {
  /** A command is sent twice at once. */
  readonly duplicate: number;
  /** A command is one that makes the core throw. */
  readonly poison: number;
  /** Mean time between turns, in µs. */
  readonly turnUs: number;
  readonly turnCommandsMax: number;
  readonly inFlightMax: number;
}

/** A gateway and its clients: sends, remembers what has no answer, and sends it again with the same ids. */
export class SimGateway {
  readonly process: SimProcess;
  readonly #world: World;
  readonly #auditor: Auditor;
  readonly #workload: Workload;
  readonly #rates: GatewayRates;
  readonly #again: Command[] = [];
  #client: InProcessClient | undefined;
  #epoch = 0;
  /** Commands without an answer, those waiting to be sent again included. */
  unanswered = 0;

  constructor(world: World, name: string, auditor: Auditor, workload: Workload, rates: GatewayRates) {
    this.process = new SimProcess(world, name);
    this.#world = world;
    this.#auditor = auditor;
    this.#workload = workload;
    this.#rates = rates;
  }

  /** A stream to the engine of an epoch; the stream before is given up. */
  connect(port: SimPort, epoch: number): void {
    const old = this.#client;
    this.#epoch = epoch;
    this.#client = new InProcessClient(port, {
      inFlightMax: this.#rates.inFlightMax,
      defer: (task) => this.process.after(0, task),
    });
    this.#client.subscribe((batch) => this.#auditor.onPublished(batch));
    void old?.close();
  }

  /** Begins to send, one turn after the other. */
  start(): void {
    const { random } = this.#world;
    this.process.after(random.integer(1, 2 * this.#rates.turnUs), () => {
      this.#turn();
      this.start();
    });
  }

  /** Sends one command now; it is sent again until it is answered. */
  send(command: Command): void {
    this.unanswered++;
    this.#submit(command);
  }

  /** Asks the engine where it stands: it must stand on a committed row, and on all that was acknowledged. */
  ask(): void {
    const known = this.#auditor.acknowledgedTo;
    this.#client?.query({ kind: "status" }).then(
      ({ sequence, digest }) => {
        if (sequence < known)
          this.#world.fail(`a query shows sequence ${sequence} after ${known} was acknowledged`);
        if (this.#auditor.digestAt(sequence) !== digest) {
          this.#world.fail(
            `a query shows digest ${digest} at sequence ${sequence}, which was never committed`,
          );
        }
      },
      () => {},
    );
  }

  #turn(): void {
    const { random } = this.#world;
    for (const command of this.#again.splice(0, 2 * this.#rates.turnCommandsMax)) this.#submit(command);
    const count = random.integer(0, this.#rates.turnCommandsMax);
    for (let i = 0; i < count && this.#workload.left > 0; i++) {
      this.#workload.left--;
      let command = this.#workload.commands.next();
      if (random.chance(this.#rates.poison) && command.kind === "NEW_ORDER") {
        const clientOrderId = `${POISON}${this.#workload.poisons++}`;
        command = { ...command, order: { ...command.order, clientOrderId } };
      }
      const deadlineUs = random.chance(0.02)
        ? this.#world.scheduler.nowUs + EPOCH_US + random.integer(-500, 1500)
        : 0;
      command = { ...command, deadlineUs };
      this.send(command);
      if (random.chance(this.#rates.duplicate)) this.send(command);
    }
    if (random.chance(0.05)) this.ask();
  }

  #submit(command: Command): void {
    const client = this.#client;
    if (client === undefined) {
      this.#again.push(command);
      return;
    }
    const deadlineUs = command.deadlineUs || MARKER_MIN + this.#workload.sent++;
    const attempt = { ...command, deadlineUs };
    const epoch = this.#epoch;
    client.submit(attempt).then(
      (outcome) => {
        const words = new WordBuffer(64);
        encodeCommand(words, attempt);
        this.#auditor.onAnswer(withoutTime(words, 0, words.length), outcome, epoch);
        this.#world.trace("answer", outcome.sequence, outcome.reason);
        this.unanswered--;
        this.#workload.answered++;
        this.#workload.commands.observe(decodeEvents(outcome.events, outcome.at, outcome.end));
      },
      (error: Error) => {
        if (error instanceof OutcomeUnknownError || error instanceof EngineBusyError)
          this.#again.push(command);
        // Text that no command can carry: it was not sent.
        else if (error instanceof RangeError) this.unanswered--;
        else this.#world.fail(`a command was answered with ${error.stack}`);
      },
    );
  }
}

/** Client order ids that begin so make the simulated core throw. */
export const POISON = "poison-";

/** µs since 1970 at which virtual time begins. */
export const EPOCH_US = 1_700_000_000_000_000;
