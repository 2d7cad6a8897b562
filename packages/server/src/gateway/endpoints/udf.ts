/**
 * The data feed of TradingView's charts (UDF), read from the same tables as `klines`. Its conventions are its own:
 * times in seconds, prices as numbers, columns instead of rows, and `{s:"error",errmsg}` for a refusal.
 */
import { Type } from "#typebox";
import { CANDLE_INTERVALS, type CandleInterval, type CandleRecord } from "../../transport/history-port.js";
import type { MarketEntry } from "../catalog.js";
import {
  ChartConfig,
  ChartHistory,
  ChartRefusal,
  ChartSymbol,
  ChartSymbols,
  ChartTime,
} from "../documents/chart-answers.js";
import { type AnswerForm, endpoint, type GatewayContext, marketOf, Security } from "../endpoint.js";
import { type ApiError, refusal } from "../errors.js";
import { array, quoted } from "../json.js";
import { limit, maybeEmpty, oneOf, optional } from "../parameters.js";

const US_PER_SECOND = 1_000_000;
/** Bars of an answer. */
const BARS_MAX = 5000;
/** What charts call the exchange and the kind of its markets. */
const EXCHANGE = "Buttonwood";
const KIND = "spot";

const refusalBody = (error: ApiError): string => `{"s":"error","errmsg":${JSON.stringify(error.message)}}`;
const JSON_FORM: AnswerForm = {
  contentType: "application/json;charset=UTF-8",
  refusalBody,
  refusal: ChartRefusal,
};
const TEXT_FORM: AnswerForm = { contentType: "text/plain;charset=UTF-8", refusalBody, refusal: ChartRefusal };

/** What charts call each interval: seconds and days by a letter, everything below a day in minutes. */
function resolutionOf(interval: CandleInterval): string {
  const count = interval.slice(0, -1);
  const unit = interval.slice(-1);
  switch (unit) {
    case "m":
      return count;
    case "h":
      return String(Number(count) * 60);
    default:
      return `${count}${unit.toUpperCase()}`;
  }
}

const INTERVALS = Object.keys(CANDLE_INTERVALS) as CandleInterval[];
const RESOLUTIONS = INTERVALS.map(resolutionOf);
const RESOLUTIONS_JSON = array(RESOLUTIONS.map(quoted));
/** Charts write a single day, week and month with or without the 1. */
const INTERVAL_OF = new Map<string, CandleInterval>([
  ...INTERVALS.map((interval) => [resolutionOf(interval), interval] as const),
  ["D", "1d"],
  ["W", "1w"],
  ["M", "1M"],
]);

/** The counts of the intervals of one unit, as charts ask for them. */
function multipliersJson(units: string): string {
  const own = INTERVALS.filter((interval) => units.includes(interval.slice(-1)));
  return array(own.map((interval) => quoted(resolutionOf(interval).replace(/\D/, ""))));
}

const INTERVALS_JSON =
  `"has_seconds":true,"seconds_multipliers":${multipliersJson("s")},` +
  `"has_intraday":true,"intraday_multipliers":${multipliersJson("mh")},` +
  `"has_daily":true,"daily_multipliers":${multipliersJson("d")},` +
  `"has_weekly_and_monthly":true,"weekly_multipliers":${multipliersJson("w")},` +
  `"monthly_multipliers":${multipliersJson("M")},"supported_resolutions":${RESOLUTIONS_JSON}`;

export const config = endpoint({
  summary: "What the data feed of charts can do.",
  security: Security.NONE,
  weight: 1,
  form: JSON_FORM,
  parameters: Type.Object({}),
  response: ChartConfig,
  handle: () =>
    `{"supported_resolutions":${RESOLUTIONS_JSON},"supports_search":true,"supports_group_request":false,` +
    '"supports_marks":false,"supports_timescale_marks":false,"supports_time":true,' +
    `"exchanges":[{"value":"${EXCHANGE}","name":"${EXCHANGE}","desc":"${EXCHANGE}"}],` +
    `"symbols_types":[{"name":"All","value":""},{"name":"Spot","value":"${KIND}"}]}`,
});

export const time = endpoint({
  summary: "The time for charts, in seconds.",
  security: Security.NONE,
  weight: 1,
  form: TEXT_FORM,
  parameters: Type.Object({}),
  response: ChartTime,
  handle: (context) => String(Math.floor(context.clock.nowUs() / US_PER_SECOND)),
});

/** A symbol as people type it into a chart: in any case, with or without the exchange before it. */
const chartSymbol = () =>
  Type.String({ pattern: `^(${EXCHANGE}:|${EXCHANGE.toUpperCase()}:)?[A-Za-z0-9-_.]{1,20}$` });
const currencyCode = () => optional(Type.String({ pattern: "^[A-Za-z0-9-_.]{1,20}$" }));

function chartMarket(
  context: GatewayContext,
  parameters: { readonly symbol: string; readonly currencyCode?: string | undefined },
): MarketEntry {
  const name = parameters.symbol.slice(parameters.symbol.indexOf(":") + 1);
  const market = context.catalog.market(name) ?? marketOf(context, name.toUpperCase());
  // Charts send back the currency they were told. No price is converted into another.
  if (parameters.currencyCode !== undefined && parameters.currencyCode !== market.quote.name) {
    throw refusal("INVALID_DATA", "currencyCode");
  }
  return market;
}

function descriptionOf({ base, quote }: MarketEntry): string {
  return `${base.name} / ${quote.name}`;
}

export const symbols = endpoint({
  summary: "What a chart needs to know about a market.",
  security: Security.NONE,
  weight: 2,
  form: JSON_FORM,
  parameters: Type.Object({ symbol: chartSymbol(), currencyCode: currencyCode() }),
  response: ChartSymbol,
  handle: (context, parameters) => {
    const market = chartMarket(context, parameters);
    const { tickMantissa, tickDecimals, lotDecimals } = market.fields;
    return (
      `{"name":${market.symbolJson},"ticker":${market.symbolJson},"description":${quoted(descriptionOf(market))},` +
      `"type":"${KIND}","exchange":"${EXCHANGE}","listed_exchange":"${EXCHANGE}","session":"24x7",` +
      `"timezone":"Etc/UTC","format":"price","minmov":${tickMantissa},"pricescale":${10 ** tickDecimals},` +
      `"minmove2":0,"pointvalue":1,"volume_precision":${lotDecimals},"visible_plots_set":"ohlcv",` +
      `"currency_code":${quoted(market.quote.name)},${INTERVALS_JSON},"data_status":"streaming"}`
    );
  },
});

export const search = endpoint({
  summary: "Markets for the search of charts.",
  security: Security.NONE,
  weight: 2,
  form: JSON_FORM,
  parameters: Type.Object({
    query: maybeEmpty("^.{1,50}$"),
    type: maybeEmpty("^.{1,50}$"),
    exchange: maybeEmpty("^.{1,50}$"),
    limit: limit(30, 100),
  }),
  response: ChartSymbols,
  handle: (context, parameters) => {
    if (parameters.type !== undefined && parameters.type !== KIND) return "[]";
    if (parameters.exchange !== undefined && parameters.exchange !== EXCHANGE) return "[]";
    const query = (parameters.query ?? "").toUpperCase();
    const begin: MarketEntry[] = [];
    const hold: MarketEntry[] = [];
    for (const market of context.catalog.markets) {
      if (market.symbol.startsWith(query)) begin.push(market);
      else if (market.symbol.includes(query) || descriptionOf(market).includes(query)) hold.push(market);
    }
    return array(
      [...begin, ...hold]
        .slice(0, parameters.limit)
        .map(
          (market) =>
            `{"symbol":${market.symbolJson},"full_name":${JSON.stringify(`${EXCHANGE}:${market.symbol}`)},` +
            `"description":${quoted(descriptionOf(market))},"exchange":"${EXCHANGE}",` +
            `"ticker":${market.symbolJson},"type":"${KIND}"}`,
        ),
    );
  },
});

/** Seconds since 1970; charts go back beyond it when they look for a beginning. */
const timeS = () => Type.String({ pattern: "^-?[0-9]{1,11}$" });

function usOf(seconds: string): number {
  return Math.max(0, Number.parseInt(seconds, 10)) * US_PER_SECOND;
}

export const history = endpoint({
  summary: "Bars of a chart, oldest first.",
  security: Security.NONE,
  weight: 2,
  form: JSON_FORM,
  parameters: Type.Object({
    symbol: chartSymbol(),
    resolution: oneOf([...INTERVAL_OF.keys()], "INVALID_INTERVAL"),
    from: optional(timeS()),
    to: timeS(),
    countback: optional(Type.Integer({ minimum: 1, maximum: BARS_MAX, "x-clamp": true })),
    currencyCode: currencyCode(),
  }),
  response: ChartHistory,
  handle: async (context, parameters) => {
    const market = chartMarket(context, parameters);
    const { countback } = parameters;
    const ask = {
      market: market.market,
      interval: INTERVAL_OF.get(parameters.resolution)!,
      timeZoneMinutes: 0,
    };
    // `to` does not belong to it: a bar that opens then is not asked for.
    const endUs = usOf(parameters.to) - 1;
    let candles: readonly CandleRecord[];
    if (countback !== undefined) {
      // The number of bars goes before the time they should begin at.
      candles = await context.history.candles({ ...ask, endUs, limit: countback });
    } else {
      if (parameters.from === undefined) throw refusal("EITHER_PARAMETER", "countback", "from");
      const startUs = usOf(parameters.from);
      if (startUs > endUs + 1) throw refusal("INVALID_COMBINATION");
      candles = await context.history.candles({ ...ask, startUs, endUs, limit: BARS_MAX + 1 });
      if (candles.length > BARS_MAX) throw refusal("TOO_MANY_BARS", BARS_MAX);
      if (candles.length === 0)
        return noData(await context.history.candles({ ...ask, endUs: startUs, limit: 1 }));
    }
    return candles.length === 0 ? noData([]) : barsJson(market, candles);
  },
});

/** Where a chart finds bars further back; without it, it knows that there are none. */
function noData([before]: readonly CandleRecord[]): string {
  return before === undefined
    ? '{"s":"no_data"}'
    : `{"s":"no_data","nextTime":${Math.floor(before.openUs / US_PER_SECOND)}}`;
}

function barsJson(market: MarketEntry, candles: readonly CandleRecord[]): string {
  const column = (value: (candle: CandleRecord) => string | number): string =>
    `[${candles.map(value).join(",")}]`;
  const prices = (ticks: (candle: CandleRecord) => number): string =>
    column((candle) => shortest(market.priceText(ticks(candle))));
  return (
    `{"s":"ok","t":${column(({ openUs }) => Math.floor(openUs / US_PER_SECOND))},` +
    `"o":${prices(({ openTicks }) => openTicks)},"h":${prices(({ highTicks }) => highTicks)},` +
    `"l":${prices(({ lowTicks }) => lowTicks)},"c":${prices(({ closeTicks }) => closeTicks)},` +
    `"v":${column(({ lots }) => shortest(market.quantityText(lots)))}}`
  );
}

/** A decimal as a JSON number, exactly, without the zeros at its end. */
function shortest(decimal: string): string {
  return decimal.replace(/\.?0+$/, "");
}
