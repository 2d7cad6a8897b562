/** The table of all orders, and what each order does to it. */
export const ORDER_TABLE = "classic_orders";

/** Only the primary key is kept up: every further index would cost each order more. */
export const MAKE_ORDER_TABLE = `
  DROP TABLE IF EXISTS ${ORDER_TABLE};
  CREATE TABLE ${ORDER_TABLE} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account integer NOT NULL,
    symbol text NOT NULL,
    client_order_id text NOT NULL,
    side text NOT NULL,
    price numeric NOT NULL,
    quantity numeric NOT NULL,
    executed_quantity numeric NOT NULL DEFAULT 0,
    status text NOT NULL DEFAULT 'PENDING',
    created_at timestamptz NOT NULL DEFAULT now()
  )`;

/** Statements with a name are parsed and planned once for each connection. */
export const INSERT_ORDER = {
  name: "insert-order",
  text: `INSERT INTO ${ORDER_TABLE} (account, symbol, client_order_id, side, price, quantity)
    VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
};

export const UPDATE_ORDER = {
  name: "update-order",
  text: `UPDATE ${ORDER_TABLE} SET status = $2, executed_quantity = $3 WHERE id = $1`,
};
