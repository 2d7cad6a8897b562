export { checkIntegrity } from "./order-book/integrity.js";
export type { OrderBooksConfig } from "./order-book/memory.js";
export { FILLS_MAX, OrderBooks } from "./order-book/order-books.js";
