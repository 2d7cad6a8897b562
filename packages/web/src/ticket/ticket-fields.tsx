/** The parts of the ticket's form: fields with what is wrong with them, the terms, the preview. */
import type { SelfTradePrevention, Side, TimeInForce } from "@buttonwood/client";
import type { ReactNode } from "react";
import { shown, shownAmount } from "../format.js";
import type { Market } from "../parts/market-of.js";
import type { Complaints } from "./check.js";
import { type Draft, FIELDS, type Field, type FieldOfType, PendingType, type TicketType } from "./draft.js";
import { type FeeRates, feesOf, percentText, type Total } from "./preview.js";

export const TYPE_LABELS: Readonly<Record<TicketType, string>> = {
  LIMIT: "Limit",
  MARKET: "Market",
  LIMIT_MAKER: "Post only (limit maker)",
  STOP_LOSS: "Stop-loss market",
  STOP_LOSS_LIMIT: "Stop-loss limit",
  TAKE_PROFIT: "Take-profit market",
  TAKE_PROFIT_LIMIT: "Take-profit limit",
  OCO: "OCO: limit and stop",
  OTO: "OTO: order, then another",
  OTOCO: "OTOCO: order, then OCO",
};

const GROUPS: Readonly<Record<string, readonly TicketType[]>> = {
  Orders: ["LIMIT", "MARKET", "LIMIT_MAKER"],
  Stops: ["STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"],
  Lists: ["OCO", "OTO", "OTOCO"],
};

const TIMES_IN_FORCE: Readonly<Record<TimeInForce, string>> = {
  GTC: "GTC: until canceled",
  GTD: "GTD: until a date",
  IOC: "IOC: now, rest is canceled",
  FOK: "FOK: all of it now, or nothing",
};

/** What a list does, for who doesn't place one every day. */
const LIST_HINTS: Readonly<Partial<Record<TicketType, string>>> = {
  OCO: "A limit order that earns and a stop: what works first ends the other.",
  OTO: "When the first order is filled, the second one begins, on the other side.",
  OTOCO: "When the order is filled, a limit order that earns and a stop begin, on the other side.",
};

export function Select<Value extends string>(props: {
  readonly label: string;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly children: ReactNode;
}) {
  const { label, value, onChange, children } = props;
  return (
    <label className="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value as Value)}>
        {children}
      </select>
    </label>
  );
}

export function TypeSelect({ type, onType }: { type: TicketType; onType: (type: TicketType) => void }) {
  return (
    <>
      <Select label="Type" value={type} onChange={onType}>
        {Object.entries(GROUPS).map(([group, types]) => (
          <optgroup key={group} label={group}>
            {types.map((each) => (
              <option key={each} value={each}>
                {TYPE_LABELS[each]}
              </option>
            ))}
          </optgroup>
        ))}
      </Select>
      {LIST_HINTS[type] !== undefined && <p className="hint">{LIST_HINTS[type]}</p>}
    </>
  );
}

export function TimeInForceSelect(props: { value: TimeInForce; onChange: (value: TimeInForce) => void }) {
  return (
    <Select label="Time in force" value={props.value} onChange={props.onChange}>
      {Object.entries(TIMES_IN_FORCE).map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </Select>
  );
}

/** What a market order is counted in. */
export function UnitSelect(props: {
  readonly unit: Draft["unit"];
  readonly market: Market;
  readonly onUnit: (unit: Draft["unit"]) => void;
}) {
  const { unit, market, onUnit } = props;
  return (
    <Select label="Counted in" value={unit} onChange={onUnit}>
      <option value="BASE">{market.base}: a quantity</option>
      <option value="QUOTE">{market.quote}: an amount</option>
    </Select>
  );
}

export function PendingTypeSelect(props: { value: PendingType; onChange: (type: PendingType) => void }) {
  return (
    <Select label="Then: order" value={props.value} onChange={props.onChange}>
      {Object.values(PendingType).map((type) => (
        <option key={type} value={type}>
          {TYPE_LABELS[type]}
        </option>
      ))}
    </Select>
  );
}

const PREVENTIONS: Readonly<Record<SelfTradePrevention, string>> = {
  NONE: "Off: may trade with itself",
  EXPIRE_TAKER: "This order ends",
  EXPIRE_MAKER: "The resting order ends",
  EXPIRE_BOTH: "Both end",
  DECREMENT: "Both shrink by as much",
};

export function PreventionSelect(props: {
  readonly value: Draft["prevention"];
  readonly market: Market;
  readonly onChange: (value: Draft["prevention"]) => void;
}) {
  const { value, market, onChange } = props;
  return (
    <Select label="Against an own order" value={value} onChange={onChange}>
      <option value="">As the market does</option>
      {market.rules.preventions.map((mode) => (
        <option key={mode} value={mode}>
          {PREVENTIONS[mode]}
        </option>
      ))}
    </Select>
  );
}

function unitOf(field: Field, market: Market): string {
  switch (FIELDS[field].kind) {
    case "PRICE":
    case "TOTAL":
      return market.quote;
    case "QUANTITY":
      return market.base;
    case "BIPS":
      return "0.01 %";
    case "DATE":
      return "your time";
  }
}

export function AmountField(props: {
  readonly shape: FieldOfType;
  readonly value: string;
  readonly market: Market;
  readonly complaints: Complaints;
  /** What an empty field means. */
  readonly placeholder?: string | undefined;
  readonly onChange: (field: Field, text: string) => void;
}) {
  const { shape, value, market, complaints, placeholder, onChange } = props;
  const { field, isOptional } = shape;
  const complaint = complaints.get(field);
  const { kind, label } = FIELDS[field];
  const id = `ticket-${field}`;
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} <small>{unitOf(field, market)}</small>
      </label>
      <input
        id={id}
        type={kind === "DATE" ? "datetime-local" : "text"}
        inputMode={kind === "BIPS" ? "numeric" : "decimal"}
        autoComplete="off"
        placeholder={placeholder ?? (isOptional ? "none" : undefined)}
        aria-invalid={complaint !== undefined}
        aria-describedby={complaint === undefined ? undefined : `${id}-complaint`}
        value={value}
        onChange={(event) => onChange(field, event.target.value.trim())}
      />
      {complaint !== undefined && (
        <p className="complaint" id={`${id}-complaint`}>
          {complaint}
        </p>
      )}
    </div>
  );
}

export function Preview(props: {
  readonly draft: Draft;
  readonly market: Market;
  /** Undefined: there is no account to look at. */
  readonly free: string | undefined;
  readonly total: Total | undefined;
  readonly rates: FeeRates | undefined;
}) {
  const { draft, market, free, total, rates } = props;
  const isBuy = draft.side === "BUY";
  const [given, brought] = isBuy ? [market.quote, market.base] : [market.base, market.quote];
  const fees = total === undefined || rates === undefined ? undefined : feesOf(draft, total, rates);
  const isMarket = draft.type === "MARKET";
  const broughtText = (value: string): string => `${shownAmount(value)} ${brought}`;
  return (
    <dl className="preview">
      <div>
        <dt>Free</dt>
        <dd>
          {free === undefined ? "–" : shownAmount(free)} {given}
        </dd>
      </div>
      <div>
        <dt>{TOTAL_LABELS[draft.type]}</dt>
        <dd>
          {total === undefined ? "–" : `${isMarket ? "≈ " : ""}${shownAmount(total.quote)}`} {market.quote}
        </dd>
      </div>
      {isMarket && draft.unit === "QUOTE" && (
        <div>
          <dt>Quantity</dt>
          <dd>
            {total === undefined ? "–" : `≈ ${shown(total.base, market.quantityPlaces)}`} {market.base}
          </dd>
        </div>
      )}
      {fees?.maker !== undefined && (
        <div>
          <dt>Fee as maker, {percentText(rates!.maker)}</dt>
          <dd>{broughtText(fees.maker)}</dd>
        </div>
      )}
      {fees?.taker !== undefined && (
        <div>
          <dt>Fee as taker, {percentText(rates!.taker)}</dt>
          <dd>{broughtText(fees.taker)}</dd>
        </div>
      )}
      {fees !== undefined && (
        <div>
          <dt>You get at least</dt>
          <dd>{broughtText(fees.received)}</dd>
        </div>
      )}
    </dl>
  );
}

const TOTAL_LABELS: Readonly<Record<TicketType, string>> = {
  LIMIT: "Total",
  MARKET: "Total, by the book now",
  LIMIT_MAKER: "Total",
  STOP_LOSS: "Total, at the stop price",
  STOP_LOSS_LIMIT: "Total",
  TAKE_PROFIT: "Total, at the stop price",
  TAKE_PROFIT_LIMIT: "Total",
  OCO: "Total, of the dearer order",
  OTO: "Total, of the first order",
  OTOCO: "Total, of the first order",
};

export function SideChoice({ side, onSide }: { readonly side: Side; readonly onSide: (side: Side) => void }) {
  return (
    <fieldset className="sides">
      <legend className="hidden">Side</legend>
      {(["BUY", "SELL"] as const).map((each) => (
        <label key={each} data-side={each}>
          <input type="radio" name="side" checked={side === each} onChange={() => onSide(each)} />
          {each === "BUY" ? "Buy" : "Sell"}
        </label>
      ))}
    </fieldset>
  );
}
