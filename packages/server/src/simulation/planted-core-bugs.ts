/** Bugs of the core, planted on purpose; see `planted-bugs.ts`. */
import type { Core } from "@buttonwood/core";
import {
  CommandHeader,
  CommandType,
  decodeEvents,
  type Event,
  EventType,
  Side,
  WordBuffer,
} from "@buttonwood/protocol";

/** Lets a bug at work after every command: it sees the command, the events, and may change both state and events. */
function afterApply(core: Core, bug: (command: WordBuffer, at: number, group: number) => void): void {
  const apply = core.apply.bind(core);
  core.apply = (command, at) => {
    const group = core.output.length;
    apply(command, at);
    bug(command, at, group);
  };
}

/** Moves money of a balance in the state and in the group's BALANCE event. */
function adjust(
  core: Core,
  group: number,
  account: number,
  asset: number,
  free: number,
  locked: number,
): void {
  const { balances } = core.state;
  const { i32, f64, length } = core.output;
  for (let at = group; at < length; at += i32[at]! >>> 8) {
    if ((i32[at]! & 0xff) !== EventType.BALANCE || i32[at + 1] !== account || i32[at + 2] !== asset) continue;
    const row = balances.find(account, asset);
    balances.clearHash(row);
    balances.doubles[row >> 1]! += free;
    balances.doubles[(row + 2) >> 1]! += locked;
    balances.rehash(row);
    f64[(at + 4) >> 1]! += free;
    f64[(at + 6) >> 1]! += locked;
  }
}

function events(core: Core, group: number): Event[] {
  return decodeEvents(core.output, group);
}

/** Every fee that is not a whole number is rounded up. */
export function feeRoundedUp(core: Core): void {
  afterApply(core, (_command, _at, group) => {
    for (const event of events(core, group)) {
      if (event.kind !== "ORDER_FILLED" || event.fee === 0) continue;
      const market = core.queries.market(event.order.market)!;
      const received =
        event.order.side === Side.BUY
          ? event.lots * market.lotUnits
          : event.lots * event.priceTicks * market.tickLotUnits;
      const ppm = event.isMaker ? market.makerFeePpm : market.takerFeePpm;
      if ((BigInt(received) * BigInt(ppm)) % 1_000_000n === 0n) continue;
      adjust(core, group, event.order.account, event.feeAsset, -1, 0);
      adjust(core, group, 0, event.feeAsset, 1, 0);
    }
  });
}

/** A cancel leaves the hold where it is. */
export function holdNotReleased(core: Core): void {
  afterApply(core, (command, at, group) => {
    if ((command.i32[at]! & 0xff) !== CommandType.CANCEL_ORDER) return;
    for (const event of events(core, group)) {
      if (event.kind !== "ORDER_CANCELED") continue;
      const { order } = event;
      const market = core.queries.market(order.market)!;
      const rest = order.lots - order.executedLots - order.preventedLots;
      const isBuy = order.side === Side.BUY;
      const held = isBuy
        ? (order.priceTicks || order.stopTicks) * rest * market.tickLotUnits
        : rest * market.lotUnits;
      adjust(core, group, order.account, isBuy ? market.quoteAsset : market.baseAsset, -held, held);
    }
  });
}

/** `<` for `<=` in priority: an order joins before those at its own price, not behind them. */
export function newestFirst(core: Core): void {
  const { books } = core.state;
  const attach = books.attach.bind(books);
  books.attach = (book, side, price, order) => {
    const done = attach(book, side, price, order);
    if (!done) return done;
    const m = books.words;
    // An order's next, previous and level are its words 0, 1 and 3; a level's first and last are its words 0 and 1.
    const level = m[order + 3]! & ~3;
    const first = m[level]!;
    if (first === order) return done;
    const last = m[order + 1]!;
    m[last] = level;
    m[level + 1] = last;
    m[order] = first;
    m[order + 1] = level;
    m[first + 1] = order;
    m[level] = order;
    return done;
  };
}

/** Client order ids are not recognised. */
export function dedupeDropped(core: Core): void {
  core.state.ids.find = () => 0;
}

/** The client order ids are missing from what a snapshot restores. */
export function snapshotWithoutIds(core: Core, isRestored: boolean): void {
  if (!isRestored) return;
  const { ids } = core.state;
  const find = ids.find.bind(ids);
  const known = core.sequence;
  // What was remembered up to the snapshot is not found.
  ids.find = (...named) => {
    const entry = find(...named);
    if (entry === 0) return 0;
    const orderId = ids.words[entry + 11]! >>> 0;
    return orderId !== 0 && orderId <= known * 4 ? 0 : entry;
  };
}

/** The core reads a clock, in µs. */
export function clockRead(core: Core, nowUs: () => number): void {
  const apply = core.apply.bind(core);
  core.apply = (command, at) => {
    const words = command.i32[at]! >>> 8;
    const own = WordBuffer.from(command.copy(at, at + words));
    own.f64[CommandHeader.TIME_US >> 1] = nowUs();
    apply(own, 0);
  };
}
