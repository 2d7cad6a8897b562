/** The state digest, from scratch, word by word as the document says. */
import {
  CLIENT_ID_WORDS,
  digestA,
  digestB,
  digestEnd,
  highWord,
  KeyA,
  KeyB,
  lowWord,
} from "@buttonwood/protocol";
import {
  type Balance,
  type Channel,
  isSpecial,
  type Market,
  type Order,
  type OrderList,
  type Remembered,
  remainingLots,
  type State,
  shownLots,
  type Transfer,
} from "./state.js";

const KEYS_A = [
  KeyA.K0,
  KeyA.K1,
  KeyA.K2,
  KeyA.K3,
  KeyA.K4,
  KeyA.K5,
  KeyA.K6,
  KeyA.K7,
  KeyA.K8,
  KeyA.K9,
  KeyA.K10,
  KeyA.K11,
  KeyA.K12,
  KeyA.K13,
  KeyA.K14,
];
const KEYS_B = [
  KeyB.K0,
  KeyB.K1,
  KeyB.K2,
  KeyB.K3,
  KeyB.K4,
  KeyB.K5,
  KeyB.K6,
  KeyB.K7,
  KeyB.K8,
  KeyB.K9,
  KeyB.K10,
  KeyB.K11,
  KeyB.K12,
  KeyB.K13,
  KeyB.K14,
];

/** The words of an entry, of which both lanes are made at its end. */
class Entry {
  readonly #words: number[] = [];

  word(word: number): this {
    this.#words.push(word);
    return this;
  }

  /** The low and the high word of an integer up to 2^53. */
  wide(value: number): this {
    return this.word(lowWord(value)).word(highWord(value));
  }

  /** Text as it stands in its words: four bytes a word, little endian, zeros behind. */
  text(text: string, words: number): this {
    for (let at = 0; at < words * 4; at += 4) {
      let word = 0;
      for (let i = 0; i < 4; i++) word |= (at + i < text.length ? text.charCodeAt(at + i) : 0) << (8 * i);
      this.word(word);
    }
    return this;
  }

  get a(): number {
    return digestEnd(this.#words.reduce((sum, word, i) => (sum + Math.imul(word, KEYS_A[i]!)) | 0, 0));
  }

  get b(): number {
    return digestEnd(
      this.#words.reduce((sum, word, i) => (sum + Math.imul(word ^ (word >>> 16), KEYS_B[i]!)) | 0, 0),
    );
  }
}

/** Both lanes of a chain under way. */
class Fold {
  constructor(
    public a: number,
    public b: number,
  ) {}

  /** Folds a 32-bit word. */
  word(word: number): this {
    this.a = digestA(this.a, word);
    this.b = digestB(this.b, word);
    return this;
  }

  /** Folds the low and the high word of an integer up to 2^53. */
  wide(value: number): this {
    return this.word(lowWord(value)).word(highWord(value));
  }
}

const entry = (tag: number): Entry => new Entry().word(tag);

function ofOrder(order: Order): Entry {
  const kind = order.side | (order.type << 8) | (order.timeInForce << 16) | (order.selfTradePrevention << 24);
  return entry(1)
    .wide(order.id)
    .word(order.account)
    .word(order.market.fields.market)
    .word(kind)
    .word(order.priceTicks)
    .word(order.stopTicks)
    .word(order.lots)
    .word(order.executedLots)
    .word(order.preventedLots)
    .wide(order.executedQuote)
    .wide(order.rank);
}

const ofBalance = (balance: Balance): Entry =>
  entry(2).word(balance.account).word(balance.asset).wide(balance.free).wide(balance.locked);

/** The name an entry is remembered under: both lanes of it are words of the entry. */
const nameOf = (known: Remembered): Entry =>
  entry(0)
    .word(known.account)
    .word(known.nameSpace | (known.id.length << 8))
    .text(known.id, CLIENT_ID_WORDS);

const ofRemembered = (known: Remembered): Entry =>
  entry(3)
    .word(nameOf(known).a)
    .word(nameOf(known).b)
    .wide(known.orderId)
    .word(known.fingerprint)
    .wide(known.timeUs);

const ofTransfer = (to: number, transfer: Transfer): Entry =>
  entry(4)
    .word(to)
    .wide(transfer.channelSequence)
    .word(transfer.account)
    .word(transfer.asset)
    .wide(transfer.amount);

const ofChannel = (partition: number, { sent, acknowledged, received }: Channel): Entry =>
  entry(5).word(partition).wide(sent).wide(acknowledged).wide(received);

const ofTerms = (order: Order): Entry =>
  entry(7)
    .wide(order.id)
    .word((order.list?.contingency ?? 0) | (order.leg << 8))
    .word(order.holds ? 1 : 0)
    .word(order.displayLots)
    .word(remainingLots(order) - shownLots(order))
    .word(order.trailingBips)
    .word(order.trailingTicks)
    .wide(order.expiresUs);

const PHASES = ["waits", "pair", "loose"];

const ofList = (list: OrderList): Entry =>
  entry(6)
    .wide(list.id)
    .word(list.account)
    .word(list.market)
    .word(list.contingency)
    .word(PHASES.indexOf(list.phase))
    .wide(list.createdUs)
    .word(list.open.reduce((mask, order, leg) => mask | (order === undefined ? 0 : 1 << leg), 0));

const ofCountdown = (account: number, atUs: number): Entry => entry(8).word(account).wide(atUs);

const ofBands = (market: Market): Entry =>
  entry(9)
    .word(market.fields.market)
    .word(market.bands.referenceTicks)
    .word(market.bands.bidDownPpm)
    .word(market.bands.bidUpPpm)
    .word(market.bands.askDownPpm)
    .word(market.bands.askUpPpm);

const hex = (lane: number): string => (lane >>> 0).toString(16).padStart(8, "0");

/** 16 hex digits that tell one state from another. */
export function stateDigest(state: State): string {
  let a = 0;
  let b = 0;
  const add = (fold: Entry): void => {
    a = (a + fold.a) | 0;
    b = (b + fold.b) | 0;
  };
  for (const order of state.orders.values()) {
    add(ofOrder(order));
    if (isSpecial(order)) add(ofTerms(order));
  }
  for (const list of state.lists.values()) add(ofList(list));
  for (const market of state.markets) if (market.areBandsSet) add(ofBands(market));
  for (const [account, atUs] of state.countdowns) add(ofCountdown(account, atUs));
  for (const balance of state.balances.values()) {
    if (balance.free !== 0 || balance.locked !== 0) add(ofBalance(balance));
  }
  for (const known of state.remembered.values()) add(ofRemembered(known));
  for (const [partition, channel] of state.channels) {
    if (channel.sent > 0 || channel.received > 0) add(ofChannel(partition, channel));
    for (const transfer of channel.outbox) add(ofTransfer(partition, transfer));
  }

  const whole = new Fold(a, b).wide(state.sequence).wide(state.nowUs).wide(state.rankCounter);
  for (const asset of state.assets) whole.word(asset.decimals).wide(asset.supply);
  for (const market of state.markets) {
    whole
      .word(market.status)
      .word(market.makerFeePpm)
      .word(market.takerFeePpm)
      .word(market.lastPriceTicks)
      .wide(market.nextTradeId)
      .wide(market.updateId);
  }
  for (const status of state.accounts.slice(1)) whole.word(status);
  return hex(whole.a) + hex(whole.b);
}
