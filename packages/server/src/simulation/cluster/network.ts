import type { SimProcess, World } from "../world.js";
import type { Host } from "./host.js";

/** How the network is, drawn per seed. */
export interface NetworkRates {
  /** Longest way of a message, in µs. */
  readonly delayUsMax: number;
  /** Probability per message that everything behind it on its connection comes much later. */
  readonly stall: number;
}

/** A host that is gone, or cut off, does not answer a connection: it is given up after this long, in µs. */
const CONNECT_US_MAX = 400_000;

/** A connection on which nothing can be heard for this long, in µs, is given up by whoever minds. */
const SILENCE_US_MAX = 800_000;

type OnConnect = (wire: Wire) => void;

/** Connections between hosts: in order each, in no order among them, and cut by faults. */
export class Network {
  readonly world: World;
  readonly rates: NetworkRates;
  readonly #servers = new Map<
    string,
    { readonly host: Host; readonly process: SimProcess; onConnect: OnConnect }
  >();
  /** Pairs of hosts that can't reach each other. */
  readonly #cuts = new Set<string>();
  readonly #wires = new Set<Wire>();

  constructor(world: World, rates: NetworkRates) {
    this.world = world;
    this.rates = rates;
  }

  /** The host's process takes connections to an address, in place of any that took them before. */
  listen(host: Host, address: string, onConnect: OnConnect): () => void {
    const server = { host, process: host.process!, onConnect };
    this.#servers.set(address, server);
    return () => {
      if (this.#servers.get(address) === server) this.#servers.delete(address);
    };
  }

  /** Connects the host's process to an address. Rejects when nobody listens there, or nothing is heard of it. */
  connect(host: Host, address: string): Promise<Wire> {
    const { world } = this;
    const process = host.process!;
    return new Promise((resolve, reject) => {
      const cancel = process.after(CONNECT_US_MAX, () => reject(new Error(`${address}: no connection`)));
      world.scheduler.after(this.delayUs(), () => {
        const server = this.#servers.get(address);
        if (server !== undefined && this.isCut(host, server.host)) return;
        if (server === undefined || !server.process.alive) {
          process.after(this.delayUs(), () => {
            cancel();
            reject(new Error(`${address}: connection refused`));
          });
          return;
        }
        const here = new Wire(this, host, process);
        const there = new Wire(this, server.host, server.process);
        here.other = there;
        there.other = here;
        this.#wires.add(here);
        this.#wires.add(there);
        // The system takes the connection; its process hears of it when it runs.
        server.process.after(0, () => server.onConnect(there));
        process.after(this.delayUs(), () => {
          cancel();
          resolve(here);
        });
      });
    });
  }

  delayUs(): number {
    return this.world.random.integer(5, this.rates.delayUsMax);
  }

  isCut(a: Host, b: Host): boolean {
    return this.#cuts.size > 0 && this.#cuts.has(pair(a, b));
  }

  /** Nothing passes between two hosts for a while; what is sent meanwhile comes later. */
  cut(a: Host, b: Host, forUs: number): void {
    const key = pair(a, b);
    if (this.#cuts.has(key)) return;
    this.#cuts.add(key);
    this.world.trace("cut", key, forUs);
    this.#listenForSilence((wire) => pair(wire.host, wire.other.host) === key);
    this.world.scheduler.after(forUs, () => this.#mend(key));
  }

  /** Everybody can reach everybody. */
  mendAll(): void {
    for (const key of [...this.#cuts]) this.#mend(key);
  }

  /** A process stops for a while: others hear nothing of it. */
  onPause(process: SimProcess): void {
    this.#listenForSilence((wire) => wire.other.process === process);
  }

  /** Breaks the connections of a process with another host, or with all, as a router that forgets them does. */
  breakConnections(process: SimProcess, other?: Host): void {
    for (const wire of [...this.#wires]) {
      if (wire.process === process && (other === undefined || wire.other.host === other)) wire.break();
    }
  }

  #mend(key: string): void {
    if (!this.#cuts.delete(key)) return;
    this.world.trace("mended", key);
    for (const wire of this.#wires) if (pair(wire.host, wire.other.host) === key) wire.flush();
  }

  #listenForSilence(concerns: (wire: Wire) => boolean): void {
    for (const wire of this.#wires) if (concerns(wire)) wire.listenForSilence(SILENCE_US_MAX);
  }

  /** @internal */
  forget(wire: Wire): void {
    this.#wires.delete(wire);
  }
}

/** One end of a connection. */
export class Wire {
  other!: Wire;
  readonly host: Host;
  readonly process: SimProcess;
  readonly #network: Network;
  /** What has come and was not given to the process, which may be stopped. */
  readonly #inbox: unknown[] = [];
  /** What can't leave as long as the way is cut. */
  readonly #held: unknown[] = [];
  #lastArrivalUs = 0;
  /** Messages sent to here, and how many of the first of them are lost. */
  #sequence = 0;
  #dropped = 0;
  #heard = 0;
  #isClosed = false;
  #onMessage: ((message: never) => void) | undefined;
  #onClose: () => void = () => {};

  constructor(network: Network, host: Host, process: SimProcess) {
    this.#network = network;
    this.host = host;
    this.process = process;
    process.onKill(() => this.destroy());
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sets who hears; messages are objects that nobody changes. What came before is given to it in a moment. */
  listen<M>(onMessage: (message: M) => void, onClose: () => void): void {
    this.#onMessage = onMessage;
    this.#onClose = onClose;
    if (this.#inbox.length > 0) this.process.after(0, () => this.#take());
  }

  send(message: unknown): void {
    if (!this.#isClosed) this.#send(message);
  }

  /** Ends it: the other side hears so after what was sent. Nothing more is heard here. */
  close(): void {
    if (this.#isClosed) return;
    this.#send(END);
    this.#end();
  }

  /** Ends it at once: what was sent may be lost on the way. */
  destroy(): void {
    if (this.#isClosed) return;
    if (this.#network.world.random.chance(0.5)) {
      this.#held.length = 0;
      this.other.drop();
    }
    this.close();
  }

  /** Ends it at once, by nobody's will: both sides hear so. */
  break(): void {
    if (this.#isClosed) return;
    this.destroy();
    this.#onClose();
  }

  /** What is on the way to here is lost. */
  drop(): void {
    this.#inbox.length = 0;
    this.#dropped = this.#sequence;
  }

  /** The way is free again. */
  flush(): void {
    for (const message of this.#held.splice(0)) this.#send(message);
    if (this.#isClosed) this.#network.forget(this);
  }

  /** Hears whether anything comes within a time; if not, the other side is taken for dead. */
  listenForSilence(withinUs: number): void {
    const heard = this.#heard;
    this.process.after(withinUs, () => {
      const isSilent = this.#network.isCut(this.host, this.other.host) || this.other.process.isPaused;
      if (isSilent && this.#heard === heard) this.break();
    });
  }

  #send(message: unknown): void {
    const { other } = this;
    const network = this.#network;
    const { world, rates } = network;
    if (network.isCut(this.host, other.host)) {
      this.#held.push(message);
      return;
    }
    const number = ++other.#sequence;
    const { nowUs } = world.scheduler;
    const stallUs = world.strikes(rates.stall) ? world.random.integer(1_000, 50_000) : 0;
    other.#lastArrivalUs = Math.max(other.#lastArrivalUs, nowUs + network.delayUs() + stallUs);
    // It comes to the machine, also when the process is stopped.
    world.scheduler.after(other.#lastArrivalUs - nowUs, () => other.#arrive(message, number));
  }

  #arrive(message: unknown, number: number): void {
    if (this.#isClosed || (number <= this.#dropped && message !== END)) return;
    this.#heard++;
    this.#inbox.push(message);
    if (this.#onMessage === undefined) return;
    if (!this.process.isPaused) this.#take();
    // Which connection a process looks at first when it runs again is chance.
    else if (this.#inbox.length === 1) this.#takeWhenItRuns();
  }

  #takeWhenItRuns(): void {
    this.process.after(0, () =>
      this.process.after(this.#network.world.random.integer(0, 500), () => this.#take()),
    );
  }

  #take(): void {
    while (this.#inbox.length > 0 && !this.#isClosed) {
      const message = this.#inbox.shift();
      if (message === END) {
        this.#end();
        this.#onClose();
      } else this.#onMessage?.(message as never);
    }
  }

  #end(): void {
    this.#isClosed = true;
    if (this.#held.length === 0) this.#network.forget(this);
  }
}

/** The last message of a connection. */
const END = Symbol("end");

function pair(a: Host, b: Host): string {
  return a.name < b.name ? `${a.name} ${b.name}` : `${b.name} ${a.name}`;
}
