/** What changed an account's balances, when and why. */
import { type Static, Type } from "#typebox";
import {
  isFromOldest,
  type LedgerPosition,
  type LedgerQuery,
  type LedgerRecord,
  positionOf,
} from "../../transport/history-port.js";
import { unitsText } from "../catalog.js";
import { LedgerEntries, LedgerEntryType } from "../documents/ledger-answers.js";
import { endpoint, type GatewayContext, Security, toMs } from "../endpoint.js";
import { refusal } from "../errors.js";
import { array, quoted } from "../json.js";
import { limit, optional, timeMs } from "../parameters.js";
import { spanUs } from "./account.js";

/** Time in µs, place, number, order, part: as many numbers as it takes to tell two entries of one trade apart. */
const ENTRY_ID_FORM = "^[0-9]{1,16}(-[0-9]{1,16}){4}$";
const ASSET_FORM = "^[!-~]{1,16}$";
const entryId = () => Type.String({ pattern: ENTRY_ID_FORM });

/** The parts of a trade, in the order in which a ledger shows them. */
const Part = { BASE: 0, QUOTE: 1, COMMISSION: 2 } as const;

/** A trade with itself shows an account two records of one number, and either may lie before the entry asked for. */
const RECORDS_MORE = 2;

interface Entry {
  /** What its id is written from; entries are in the order of these numbers. */
  readonly key: readonly number[];
  readonly asset: number;
  readonly json: string;
}

const ledgerParameters = Type.Object({
  asset: optional(Type.String({ pattern: ASSET_FORM })),
  fromId: optional(entryId()),
  beforeId: optional(entryId()),
  startTime: optional(timeMs()),
  endTime: optional(timeMs()),
  limit: limit(500, 1000),
});

export const ledger = endpoint({
  summary: "What changed the account's balances, oldest first: deposits, withdrawals, trades, commissions.",
  security: Security.READ,
  weight: 20,
  parameters: ledgerParameters,
  response: LedgerEntries,
  handle: async (context, parameters, { account }) => {
    const asset = assetOf(context, parameters.asset);
    const from = readId(parameters.fromId);
    const before = readId(parameters.beforeId);
    const query = { account, asset, ...bounds(parameters, from, before) };
    const records = await context.history.ledger({
      ...query,
      limit: parameters.limit + RECORDS_MORE,
      atLeast: await fenceOf(context, account),
    });
    const entries = records
      .flatMap((record) => entriesOf(context, record))
      .filter(
        (entry) =>
          (asset === undefined || entry.asset === asset) &&
          (from === undefined || compareKeys(entry.key, from) >= 0) &&
          (before === undefined || compareKeys(entry.key, before) < 0),
      );
    const chosen = isFromOldest(query)
      ? entries.slice(0, parameters.limit)
      : entries.slice(-parameters.limit);
    return array(chosen.map(({ json }) => json));
  },
});

function assetOf({ catalog }: GatewayContext, name: string | undefined): number | undefined {
  if (name === undefined) return undefined;
  const found = catalog.assets.find((asset) => asset.name === name);
  if (found === undefined) throw refusal("INVALID_DATA", "asset");
  return found.asset;
}

/** Ids and times exclude each other, and so do the two ids. */
function bounds(
  parameters: Static<typeof ledgerParameters>,
  from: readonly number[] | undefined,
  before: readonly number[] | undefined,
): Pick<LedgerQuery, "first" | "last" | "startUs" | "endUs"> {
  const times = spanUs(parameters);
  const given = [from, before, times.startUs ?? times.endUs].filter((bound) => bound !== undefined);
  if (given.length > 1) throw refusal("INVALID_COMBINATION");
  return { first: from && positionIn(from), last: before && positionIn(before), ...times };
}

function positionIn([timeUs, place, number]: readonly number[]): LedgerPosition {
  return { timeUs: timeUs!, place: place!, number: number! };
}

function readId(id: string | undefined): readonly number[] | undefined {
  return id?.split("-").map((number) => Math.min(Number(number), Number.MAX_SAFE_INTEGER));
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((number, i) => number !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

/** How far the tables must be, so that what the account's client knows of is in them. */
async function fenceOf(context: GatewayContext, account: number): Promise<number> {
  const [first] = context.catalog.markets;
  return first === undefined ? 0 : context.fence.of(account, first.market);
}

function entriesOf(context: GatewayContext, record: LedgerRecord): Entry[] {
  const { timeUs, place, number } = positionOf(record);
  const entry = (part: number, type: LedgerEntryType, asset: number, amount: string, why: string): Entry => {
    const key = [timeUs, place, number, record.kind === "TRADE" ? record.orderId : 0, part];
    const name = quoted(context.catalog.assets[asset]!.name);
    const json = `{"id":"${key.join("-")}","time":${toMs(timeUs)},"type":"${type}","asset":${name},"amount":"${amount}",${why}}`;
    return { key, asset, json };
  };
  if (record.kind === "PAYMENT") {
    const { asset, units, reference } = record;
    const type = units < 0 ? LedgerEntryType.WITHDRAWAL : LedgerEntryType.DEPOSIT;
    const amount = unitsText(Math.abs(units), context.catalog.assets[asset]!.decimals);
    return [entry(Part.BASE, type, asset, signed(units < 0, amount), `"reference":${quoted(reference)}`)];
  }
  const market = context.catalog.markets[record.market]!;
  const isBuyer = record.side === 0;
  const why = `"symbol":${market.symbolJson},"tradeId":${record.tradeId},"orderId":${record.orderId}`;
  const base = signed(!isBuyer, market.quantityText(record.lots));
  const quote = signed(isBuyer, market.quoteText(record.quote));
  const entries = [
    entry(Part.BASE, LedgerEntryType.TRADE, market.base.asset, base, why),
    entry(Part.QUOTE, LedgerEntryType.TRADE, market.quote.asset, quote, why),
  ];
  if (record.fee > 0) {
    const { asset, decimals } = context.catalog.assets[record.feeAsset]!;
    const fee = signed(true, unitsText(record.fee, decimals));
    entries.push(entry(Part.COMMISSION, LedgerEntryType.COMMISSION, asset, fee, why));
  }
  return entries;
}

const signed = (isLess: boolean, amount: string): string => (isLess ? `-${amount}` : amount);
