import type { Order } from "@buttonwood/client";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { Market } from "../parts/market-of.js";
import { type Refusal, refusalOf } from "../ticket/refusal-text.js";
import type { AccountFeed } from "./account-feed.js";
import { type EditField, editableFields, editOf, type OrderEdit, planOf } from "./edit-order.js";
import { typeText } from "./order-text.js";

const LABELS: Readonly<Record<EditField, string>> = {
  price: "Price",
  stopPrice: "Stop price",
  quantity: "Quantity",
};

interface Props {
  readonly order: Order;
  readonly market: Market;
  readonly session: NonNullable<AccountFeed["session"]>;
  /** The edit is over: it was done, given up, or refused. */
  readonly onEnd: (refusal: Refusal | undefined) => void;
}

/** An open order's row while it is edited: Enter sends it, Escape gives it up. */
export function OrderEditRow({ order, market, session, onEnd }: Props) {
  const [edit, setEdit] = useState<OrderEdit>(() => editOf(order));
  const [wrong, setWrong] = useState<{ readonly field: EditField; readonly words: string }>();
  const [isSending, setIsSending] = useState(false);
  const place = useRef<HTMLTableRowElement>(null);
  useEffect(() => place.current?.querySelector("input")?.select(), []);
  const { symbol, orderId } = order;
  const fields = editableFields(order);

  const save = async (): Promise<void> => {
    if (isSending) return;
    const plan = planOf(order, edit, market);
    switch (plan.kind) {
      case "NOTHING":
        onEnd(undefined);
        return;
      case "WRONG":
        setWrong(plan);
        place.current?.querySelector<HTMLInputElement>(`[data-field="${plan.field}"]`)?.focus();
        return;
      case "AMEND":
      case "REPLACE":
        break;
    }
    setIsSending(true);
    try {
      if (plan.kind === "AMEND") await session.amendOrder({ symbol, orderId, newQty: plan.newQty });
      else await session.cancelReplace(plan.replacement);
      onEnd(undefined);
    } catch (error) {
      onEnd(refusalOf(error));
    }
  };
  const byKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") onEnd(undefined);
    if (event.key === "Enter" && event.target instanceof HTMLInputElement) void save();
  };
  return (
    <tr ref={place} className="edit" onKeyDown={byKey}>
      <td colSpan={7}>
        <div>
          <span>
            {symbol} <span data-side={order.side}>{order.side === "BUY" ? "Buy" : "Sell"}</span>{" "}
            <span className="wide">{typeText(order)}</span>
          </span>
          {fields.map((field) => (
            <label key={field}>
              {LABELS[field]}{" "}
              <input
                data-field={field}
                inputMode="decimal"
                autoComplete="off"
                aria-invalid={wrong?.field === field}
                aria-describedby={wrong?.field === field ? "edit-complaint" : undefined}
                value={edit[field]}
                onChange={(event) => {
                  setWrong(undefined);
                  setEdit((edit) => ({ ...edit, [field]: event.target.value.trim() }));
                }}
              />
            </label>
          ))}
          <span className="actions">
            <button type="button" disabled={isSending} onClick={() => void save()}>
              {isSending ? "Sending…" : "Save"}
            </button>{" "}
            <button type="button" disabled={isSending} onClick={() => onEnd(undefined)}>
              Discard
            </button>
          </span>
          {wrong !== undefined && (
            <span role="alert" className="complaint" id="edit-complaint">
              {LABELS[wrong.field]} {wrong.words}
            </span>
          )}
        </div>
      </td>
    </tr>
  );
}
