/** Answers of `/udf`, the data feed of TradingView's charts: its members and its refusals are of that protocol. */
import { Type } from "#typebox";
import { anyOf, assetName, count, listOf, member, object, only, optional, text, yesNo } from "./terms.js";

const seconds = (description: string) => Type.Integer({ minimum: 0, description });
const numbers = (description: string) => listOf(Type.Number(), { description });
const texts = () => listOf(text());

const resolutions = () => listOf(text(), { description: "Lengths of a bar, by the charts' names." });

export const ChartRefusal = object(
  { s: only("error"), errmsg: text("As `msg` of other refusals.") },
  { title: "ChartRefusal" },
);

export const ChartConfig = object(
  {
    supported_resolutions: resolutions(),
    supports_search: yesNo(),
    supports_group_request: yesNo(),
    supports_marks: yesNo(),
    supports_timescale_marks: yesNo(),
    supports_time: yesNo(),
    exchanges: listOf(object({ value: text(), name: text(), desc: text() })),
    symbols_types: listOf(object({ name: text(), value: text() })),
  },
  { title: "ChartConfig" },
);

export const ChartTime = Type.String({
  pattern: "^[0-9]+$",
  description: "Seconds since 1970, as plain text.",
  title: "ChartTime",
});

export const ChartSymbol = object(
  {
    name: text(),
    ticker: text("What the feed is asked for."),
    description: text(),
    type: only("spot"),
    exchange: text(),
    listed_exchange: text(),
    session: only("24x7"),
    timezone: only("Etc/UTC"),
    format: only("price"),
    minmov: count("Ticks in units of 1 / pricescale."),
    pricescale: count("10 to the power of a price's decimals."),
    minmove2: count("Always 0."),
    pointvalue: count("Always 1."),
    volume_precision: count("Decimals of a volume."),
    visible_plots_set: only("ohlcv"),
    currency_code: assetName(),
    has_seconds: yesNo(),
    seconds_multipliers: texts(),
    has_intraday: yesNo(),
    intraday_multipliers: texts(),
    has_daily: yesNo(),
    daily_multipliers: texts(),
    has_weekly_and_monthly: yesNo(),
    weekly_multipliers: texts(),
    monthly_multipliers: texts(),
    supported_resolutions: resolutions(),
    data_status: member(["streaming"]),
  },
  { title: "ChartSymbol" },
);

export const ChartSymbols = listOf(
  object(
    {
      symbol: text(),
      full_name: text("With the exchange before it."),
      description: text(),
      exchange: text(),
      ticker: text("What the feed is asked for."),
      type: only("spot"),
    },
    { title: "ChartSymbolFound" },
  ),
);

const ChartBars = object(
  {
    s: only("ok"),
    t: listOf(seconds("s since 1970"), { description: "When each bar opens, the earliest first." }),
    o: numbers("open"),
    h: numbers("high"),
    l: numbers("low"),
    c: numbers("close"),
    v: numbers("volume in the base asset"),
  },
  { title: "ChartBars", description: "Columns of one length: a bar has the same place in each." },
);
const NoChartBars = object(
  {
    s: only("no_data"),
    nextTime: optional(seconds("When the nearest bar before opens; left out when there is none.")),
  },
  { title: "NoChartBars" },
);
export const ChartHistory = anyOf([ChartBars, NoChartBars]);
