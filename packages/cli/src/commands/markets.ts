import type { Command } from "commander";
import { AdminClient, type MarketReply } from "../admin-client.js";
import { type DataOption, dataArgument, dataOption } from "../terminal/data-option.js";
import { CommandFailure } from "../terminal/failure.js";
import { amount, fraction, reason, symbol as symbolValue, wholeNumber } from "../terminal/option-values.js";
import { type OutputOptions, printResult } from "../terminal/output.js";
import { tableOf } from "../terminal/table.js";

type Options = DataOption & OutputOptions & { readonly reason?: string };

const REASON = ["--reason <TEXT>", "why, for the audit log", reason] as const;

interface AddOptions extends Options {
  readonly base: string;
  readonly quote: string;
  readonly tick: string;
  readonly step: string;
  readonly reference: string;
  readonly decimals: number;
  readonly makerFee?: string;
  readonly takerFee?: string;
  readonly minNotional?: string;
  readonly maxOpenOrders?: number;
}

/** `buttonwood markets`. */
export function addMarkets(program: Command): void {
  const markets = program
    .command("markets")
    .summary("list, add, halt and resume markets, bound their prices")
    .description("Markets of a running exchange.")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood markets                      all markets with their steps and fees\n" +
        "  buttonwood markets add SOLUSDT --base SOL --quote USDT --tick 0.01 --step 0.001 --reference 150\n" +
        "  buttonwood markets bands BTCUSDT --bid-up 1.05 --ask-down 0.95\n" +
        "  buttonwood markets fees BTCUSDT --maker 0.0005 --taker 0.001\n" +
        "  buttonwood markets halt BTCUSDT         no new orders; cancels are taken\n" +
        "  buttonwood markets halt                 the same for every market at once\n" +
        "  buttonwood markets resume BTCUSDT\n",
    );
  markets
    .command("list", { isDefault: true })
    .summary("all markets (the default)")
    .description("Lists every market with its status, steps and fees.")
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .action(async (options: Options) => {
      const list = await new AdminClient(options.data).markets();
      printResult(options, { markets: list }, () => marketTable(list));
    });
  markets
    .command("add")
    .argument("<SYMBOL>", "capitals and digits, e.g. SOLUSDT", symbolValue)
    .summary("list a new market")
    .description(
      "Lists a market, and its assets where they are not listed yet. A price is a whole number of ticks, a " +
        "quantity a whole number of steps. Trading begins at once.",
    )
    .requiredOption("--base <ASSET>", "what is traded")
    .requiredOption("--quote <ASSET>", "what it is paid with")
    .requiredOption("--tick <AMOUNT>", "the price step, e.g. 0.01", amount)
    .requiredOption("--step <AMOUNT>", "the quantity step, e.g. 0.001", amount)
    .requiredOption("--reference <PRICE>", "the price until the first trade", amount)
    .option("--decimals <N>", "decimals of an asset that is listed with it", wholeNumber(0, 12), 8)
    .option("--maker-fee <FRACTION>", "of what a maker receives, e.g. 0.001 for 0.1 %", fraction)
    .option("--taker-fee <FRACTION>", "of what a taker receives", fraction)
    .option("--min-notional <AMOUNT>", "the smallest price × quantity", amount)
    .option("--max-open-orders <N>", "of one account", wholeNumber(1, 1_000_000))
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExample:\n  buttonwood markets add SOLUSDT --base SOL --quote USDT --tick 0.01 --step 0.001 --reference 150\n",
    )
    .action(addMarket);
  markets
    .command("bands")
    .argument("<SYMBOL>", "of the market", symbolValue)
    .summary("how far prices of orders may lie from a reference")
    .description(
      "Sets all bounds of a market: what is not named is not bounded. Orders with a price outside are refused " +
        "from then on; open ones stay. Without --reference the price of the last trade counts, and moves with it.",
    )
    .option("--reference <PRICE>", "the reference (default: the price of the last trade)", amount)
    .option(
      "--bid-down <MULTIPLIER>",
      "lowest price of a bid, e.g. 0.8 of the reference (default: any)",
      amount,
    )
    .option("--bid-up <MULTIPLIER>", "highest price of a bid (default: any)", amount)
    .option("--ask-down <MULTIPLIER>", "lowest price of an ask (default: any)", amount)
    .option("--ask-up <MULTIPLIER>", "highest price of an ask (default: any)", amount)
    .option(...REASON)
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood markets bands BTCUSDT --reference 60000 --bid-up 1.05 --ask-down 0.95\n" +
        "  buttonwood markets bands BTCUSDT                      no bands\n",
    )
    .action(setBands);
  markets
    .command("fees")
    .argument("<SYMBOL>", "of the market", symbolValue)
    .summary("what is kept of trades")
    .description("Sets both fees of a market, for trades from then on.")
    .requiredOption("--maker <FRACTION>", "of what a maker receives, e.g. 0.001 for 0.1 %", fraction)
    .requiredOption("--taker <FRACTION>", "of what a taker receives", fraction)
    .option(...REASON)
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExample:\n  buttonwood markets fees BTCUSDT --maker 0.0005 --taker 0.001 --reason 'schedule of July'\n",
    )
    .action(async (name: string, options: Options & { readonly maker: string; readonly taker: string }) => {
      const { maker: makerFee, taker: takerFee, reason: why } = options;
      const fees = { symbol: name, makerFee, takerFee, reason: why };
      const market = await new AdminClient(options.data).setMarketFees(fees);
      printResult(options, market, () => marketTable([market]));
    });
  for (const [name, status, summary, description] of [
    [
      "halt",
      "HALT",
      "refuse new orders; cancels are taken",
      "Refuses new orders of a market from now on. Open orders stay, and can be canceled.",
    ],
    [
      "cancel-only",
      "CANCEL_ONLY",
      "refuse new orders, and say that only cancels are taken",
      "Like a halt: new orders are refused, open ones stay and can be canceled. Clients are told that a cancel is all that is left.",
    ],
    ["resume", "TRADING", "trade again", "Takes orders again after a halt."],
  ] as const) {
    markets
      .command(name)
      .argument("[SYMBOL]", "absent: every market")
      .summary(summary)
      .description(description)
      .option(...REASON)
      .addOption(dataOption())
      .option("--json", "one JSON object on stdout")
      .action(async (symbol: string | undefined, options: Options) => {
        const list = await new AdminClient(options.data).setMarketStatus(symbol, status, options.reason);
        printResult(options, { markets: list }, () => marketTable(list));
      });
  }
}

async function addMarket(symbol: string, options: AddOptions): Promise<void> {
  const admin = new AdminClient(options.data);
  const known = new Set((await admin.assets()).map((asset) => asset.name));
  const listed: string[] = [];
  for (const name of [options.base, options.quote]) {
    if (known.has(name)) continue;
    await admin.listAsset(name, options.decimals);
    known.add(name);
    listed.push(name);
  }
  const listing = {
    symbol,
    baseAsset: options.base,
    quoteAsset: options.quote,
    tickSize: options.tick,
    stepSize: options.step,
    referencePrice: options.reference,
    ...(options.makerFee === undefined ? {} : { makerFee: options.makerFee }),
    ...(options.takerFee === undefined ? {} : { takerFee: options.takerFee }),
    ...(options.minNotional === undefined ? {} : { minNotional: options.minNotional }),
    ...(options.maxOpenOrders === undefined ? {} : { maxOpenOrders: options.maxOpenOrders }),
  };
  const market = await admin.listMarket(listing).catch((error: unknown) => {
    if (!(error instanceof CommandFailure) || listed.length === 0) throw error;
    const are = listed.length === 1 ? "is listed as an asset" : "are listed as assets";
    throw new CommandFailure(
      error.message,
      `The market was not listed. ${listed.join(" and ")} ${are} now, with ${options.decimals} decimals; that stays.`,
      error.remedy,
    );
  });
  printResult(
    options,
    market,
    () =>
      `${marketTable([market])}\nNext: give someone funds, e.g. npx buttonwood deposit alice ${options.base} 100${dataArgument(options.data)}`,
  );
}

interface BandOptions extends Options {
  readonly reference?: string;
  readonly bidDown?: string;
  readonly bidUp?: string;
  readonly askDown?: string;
  readonly askUp?: string;
}

async function setBands(symbolName: string, options: BandOptions): Promise<void> {
  const given = {
    referencePrice: options.reference,
    bidMultiplierDown: options.bidDown,
    bidMultiplierUp: options.bidUp,
    askMultiplierDown: options.askDown,
    askMultiplierUp: options.askUp,
  };
  const bands = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const market = await new AdminClient(options.data).setMarketBands({
    symbol: symbolName,
    ...bands,
    reason: options.reason,
  });
  printResult(options, market, () => marketTable([market]));
}

/** Where orders are taken, as multiples of the reference price; empty: at any price. */
function bandText(bands: MarketReply["bands"]): string {
  const of = (side: string, down = "", up = ""): string[] =>
    down === "" && up === "" ? [] : [`${side} ${short(down)}–${short(up)}`];
  const sides = [
    ...of("bids", bands.bidMultiplierDown, bands.bidMultiplierUp),
    ...of("asks", bands.askMultiplierDown, bands.askMultiplierUp),
  ];
  if (sides.length === 0) return "";
  const { referencePrice } = bands;
  return `${sides.join(", ")} × ${referencePrice === undefined ? "last price" : short(referencePrice)}`;
}

const short = (decimal: string): string => (decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal);

function marketTable(list: readonly MarketReply[]): string {
  return tableOf(
    [
      { title: "symbol" },
      { title: "base" },
      { title: "quote" },
      { title: "status" },
      { title: "tick", align: "right" },
      { title: "step", align: "right" },
      { title: "maker fee", align: "right" },
      { title: "taker fee", align: "right" },
      { title: "bands" },
    ],
    list.map((market) => [
      market.symbol,
      market.baseAsset,
      market.quoteAsset,
      market.status,
      market.tickSize,
      market.stepSize,
      market.makerFee,
      market.takerFee,
      bandText(market.bands),
    ]),
  );
}
