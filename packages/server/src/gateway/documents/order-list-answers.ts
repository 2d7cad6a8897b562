/** Answers about order lists. */
import { CONTINGENCY_NAMES, LIST_STATUS_NAMES, LIST_STATUS_TYPE_NAMES } from "../order-list-report.js";
import { CanceledOrder, NewOrder } from "./order-answers.js";
import { anyOf, id, listOf, member, ms, object, symbolName, text } from "./terms.js";

const distinct = (names: Readonly<Record<string, string>>): string[] => [...new Set(Object.values(names))];

export const contingencyType = () => member(distinct(CONTINGENCY_NAMES), { title: "ContingencyType" });
export const listStatusType = () => member(distinct(LIST_STATUS_TYPE_NAMES), { title: "ListStatusType" });
export const listOrderStatus = () => member(distinct(LIST_STATUS_NAMES), { title: "ListOrderStatus" });

const list = {
  orderListId: id(),
  contingencyType: contingencyType(),
  listStatusType: listStatusType(),
  listOrderStatus: listOrderStatus(),
  listClientOrderId: text(),
  transactionTime: ms(),
  symbol: symbolName(),
  orders: listOf(object({ symbol: symbolName(), orderId: id(), clientOrderId: text() }), {
    description: "OCO: above, below. OTO: working, pending. OTOCO: working, above, below.",
  }),
};

export const OrderListAnswer = object(list, { title: "OrderList" });
export const OrderListAnswers = listOf(OrderListAnswer);
/** The list as it was made, and what became of each of its orders at once. */
export const NewOrderList = object({ ...list, orderReports: listOf(NewOrder) }, { title: "NewOrderList" });
export const CanceledOrderList = object(
  { ...list, orderReports: listOf(CanceledOrder) },
  { title: "CanceledOrderList" },
);
/** Orders of lists are told with their lists. */
export const CanceledOrders = listOf(anyOf([CanceledOrder, CanceledOrderList]));
