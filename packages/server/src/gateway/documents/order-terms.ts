/** What answers and events about orders share. */
import {
  PREVENTION_NAMES,
  SIDE_NAMES,
  STATUS_NAMES,
  TIME_IN_FORCE_NAMES,
  TYPE_NAMES,
} from "../order-report.js";
import { member } from "./terms.js";

export const side = () => member(SIDE_NAMES, { title: "Side" });
export const orderType = () => member(TYPE_NAMES, { title: "OrderType" });
export const timeInForce = () => member([...TIME_IN_FORCE_NAMES, "GTD"], { title: "TimeInForce" });
export const orderStatus = () => member(STATUS_NAMES, { title: "OrderStatus" });
export const prevention = () => member(PREVENTION_NAMES, { title: "SelfTradePreventionMode" });
