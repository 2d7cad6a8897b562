import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CommandType, Side } from "@buttonwood/protocol";
import { randomOf, testSeed } from "../platform/testing/random.js";
import {
  compareRecords,
  type LedgerQuery,
  type LedgerRecord,
  positionOf,
} from "../transport/ledger-record.js";
import { TEST_MARKET } from "./testing/event-log.js";
import {
  done,
  inTables,
  type OpenTestStore,
  type ProjectionFixture,
  START_US,
} from "./testing/projection-fixture.js";

const ALICE = 1;
const BOB = 2;
/** Base and quote of each market; the fees of {@link TEST_MARKET} are in assets 0 and 1, whatever these say. */
const MARKETS = [
  { market: 0, baseAsset: 0, quoteAsset: 1 },
  { market: 1, baseAsset: 2, quoteAsset: 1 },
  { market: 2, baseAsset: 2, quoteAsset: 0 },
] as const;

/** What every store of query tables must tell of an account's ledger. */
export function ledgerContract(name: string, openStore: OpenTestStore): void {
  describe(`an account's ledger from ${name}`, () => {
    it("tells payments and both sides of trades, each once and in order", () =>
      inTables(openStore, async (fixture) => {
        list(fixture);
        const { log } = fixture;
        pay(fixture, ALICE, 1, 5000, "d-1");
        pay(fixture, ALICE, 1, -700, "w-1");
        fixture.trade(1, START_US + 50, 1000, 4);
        await fixture.apply();
        await fixture.projection.flush();
        await fixture.reopen();
        const records = await read(fixture, {});
        assert.deepEqual(records, [
          payment({ sequence: log.sequence - 2, units: 5000, timeUs: START_US, reference: "d-1" }),
          payment({ sequence: log.sequence - 1, units: -700, timeUs: START_US, reference: "w-1" }),
          {
            kind: "TRADE",
            market: 0,
            tradeId: 1,
            priceTicks: 1000,
            lots: 4,
            quote: 4000,
            timeUs: START_US + 50,
            buyOrderId: log.sequence * 4 + 1,
            sellOrderId: log.sequence * 4,
            buyerIsMaker: false,
            orderId: log.sequence * 4,
            side: Side.SELL,
            isMaker: true,
            fee: 2,
            feeAsset: 1,
          },
        ]);
        assert.deepEqual(await read(fixture, { account: 3 }), []);
        assert.equal((await read(fixture, { account: BOB })).length, 1);
      }));

    it(`is the same from every page, bound and asset (seed ${testSeed})`, () =>
      inTables(openStore, async (fixture) => {
        const random = randomOf(testSeed);
        const whole = (below: number): number => Math.floor(random() * below);
        list(fixture);
        const lastTrades = MARKETS.map(() => 0);
        for (let i = 0; i < 300; i++) {
          // Many of the same time, as the fills of one order and the commands of one batch are.
          const timeUs = fixture.log.timeUs + (random() < 0.5 ? 0 : whole(3_000_000));
          // At last all on one market: of it a page needs more than is read of each at a time.
          const isLate = i > 150;
          if (!isLate && random() < 0.2) {
            pay(fixture, ALICE, whole(3), 1 + whole(100), `p-${i}`, timeUs);
            continue;
          }
          const market = isLate ? 0 : whole(3);
          fixture.log.begin(timeUs);
          for (let fill = 0; fill < 1 + whole(3); fill++) {
            const orderId = fixture.log.sequence * 4;
            // Now and then with itself.
            const [seller, buyer] =
              random() < 0.1 ? [ALICE, ALICE] : random() < 0.5 ? [ALICE, BOB] : [BOB, ALICE];
            const maker = { ...done(orderId, seller, Side.SELL, 1000, 1), market };
            const taker = { ...done(orderId + 1, buyer, Side.BUY, 1000, 1), market };
            fixture.log.trade(++lastTrades[market]!, 1000, 1, maker, taker);
          }
        }
        await fixture.apply();

        const all = await read(fixture, { startUs: 0 });
        const rows = (record: LedgerRecord): string => JSON.stringify(record);
        assert.equal(new Set(all.map(rows)).size, all.length);
        assert.deepEqual(all.map(rows), [...all].sort(compareRecords).map(rows));
        assert.ok(all.length > 250, String(all.length));
        assert.deepEqual(await read(fixture, {}), all);

        for (let i = 0; i < 40; i++) {
          const limit = 1 + whole(60);
          const asset = random() < 0.5 ? undefined : whole(3);
          const at = all[whole(all.length)]!;
          const position = positionOf(at);
          const kept = all.filter((record) => asset === undefined || touches(record, asset));
          const from = kept.filter((record) => comparePositions(record, at) >= 0);
          const to = kept.filter((record) => comparePositions(record, at) <= 0);
          assert.deepEqual(await read(fixture, { asset, first: position, limit }), from.slice(0, limit));
          assert.deepEqual(await read(fixture, { asset, last: position, limit }), to.slice(-limit));
          const [startUs, endUs] = [position.timeUs, position.timeUs + whole(20_000_000)];
          const within = kept.filter(({ timeUs }) => timeUs >= startUs && timeUs <= endUs);
          assert.deepEqual(await read(fixture, { asset, startUs, endUs, limit }), within.slice(0, limit));
          const before = kept.filter(({ timeUs }) => timeUs <= endUs);
          assert.deepEqual(await read(fixture, { asset, endUs, limit }), before.slice(-limit));
        }
      }));
  });
}

function list({ log }: ProjectionFixture): void {
  log.listings();
  log.begin().event({ kind: "ASSET_LISTED", asset: 2, decimals: 0, name: "ETH" });
  for (const assets of MARKETS.slice(1)) {
    const symbol = `MARKET${assets.market}`;
    log.begin().event({ kind: "MARKET_LISTED", ...TEST_MARKET, ...assets, symbol });
  }
}

function pay(
  { log }: ProjectionFixture,
  account: number,
  asset: number,
  units: number,
  reference: string,
  timeUs = log.timeUs,
): void {
  const [kind, type] =
    units < 0
      ? (["WITHDRAWN", CommandType.WITHDRAW] as const)
      : (["DEPOSITED", CommandType.DEPOSIT] as const);
  log.begin(timeUs, type).event({ kind, account, asset, amount: Math.abs(units), reference });
}

function payment(
  fields: Pick<LedgerRecord & { kind: "PAYMENT" }, "sequence" | "units" | "timeUs" | "reference">,
) {
  return { kind: "PAYMENT", account: ALICE, asset: 1, ...fields };
}

async function read(
  fixture: ProjectionFixture,
  query: Partial<LedgerQuery>,
): Promise<readonly LedgerRecord[]> {
  const reader = await fixture.projection.read();
  return reader.ledger({ account: ALICE, limit: 1000, ...query });
}

/** As a bound sees them: both records of a trade with oneself stand at one position. */
function comparePositions(a: LedgerRecord, b: LedgerRecord): number {
  const [left, right] = [positionOf(a), positionOf(b)];
  return left.timeUs - right.timeUs || left.place - right.place || left.number - right.number;
}

function touches(record: LedgerRecord, asset: number): boolean {
  if (record.kind === "PAYMENT") return record.asset === asset;
  const { baseAsset, quoteAsset } = MARKETS[record.market]!;
  return baseAsset === asset || quoteAsset === asset;
}
