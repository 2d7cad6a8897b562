/** What an account is told of its order lists: of the list itself, and of each of its orders. */
import assert from "node:assert/strict";
import type { StreamEvent } from "./calls.js";
import { cancel, listOf, placedOco, placedOtoco } from "./list-steps.js";
import type { DriverScenario } from "./scenario.js";
import { heard } from "./stream-scenarios.js";
import type { World } from "./world.js";

/** Events of the list as a whole, by its id. */
const ofList = (events: readonly StreamEvent[], listId: string): readonly StreamEvent[] =>
  events.filter(({ e, g }) => e === "listStatus" && String(g) === listId);

/** Makes a list and lets it end; its events of both kinds, from the first to the last, are then looked at. */
function listRow(
  title: string,
  contingency: "OCO" | "OTO",
  cause: (world: World) => Promise<string>,
  /** Of each order in turn: what happened, and the status after it. */
  lives: readonly (readonly string[])[],
): DriverScenario {
  return {
    title,
    has: ({ userEvents, untold }) => userEvents !== undefined && untold?.includes("listStatus") !== true,
    run: async (driver, world) => {
      await world.quote();
      const made = new Set<string>();
      const { events, meant } = await heard(
        driver.userEvents!,
        (event, before) =>
          event.e === "listStatus" &&
          event.L === "ALL_DONE" &&
          // Clients may begin to listen in the middle.
          ofList(before, String(event.g)).some(({ L }) => L === "EXECUTING"),
        async () => made.add(await cause(world)),
      );
      const listId = String(meant.g);
      assert.ok(made.has(listId), `list ${listId} is of somebody else`);
      const list = await listOf(world, listId);
      assert.deepEqual(
        ofList(events, listId).map(({ s, c, l, L, r, C }) => [s, c, l, L, r, C]),
        [
          [world.symbol, contingency, "EXEC_STARTED", "EXECUTING", "NONE", list.clientId],
          [world.symbol, contingency, "ALL_DONE", "ALL_DONE", "NONE", list.clientId],
        ],
      );
      const named = meant.O as readonly { readonly s: string; readonly i: number; readonly c: string }[];
      assert.deepEqual(
        named.map(({ s, i }) => [s, String(i)]),
        list.orderIds.map((id) => [world.symbol, id]),
      );
      const reports = events.filter(({ e, g }) => e === "executionReport" && String(g) === listId);
      assert.deepEqual(
        list.orderIds.map((id) => reports.filter(({ i }) => String(i) === id).map(({ x, X }) => `${x} ${X}`)),
        lives,
      );
    },
  };
}

/** A list that is made and canceled. */
async function comeAndGo(world: World): Promise<string> {
  const listId = await placedOco(world);
  await cancel(world, listId);
  return listId;
}

/** A list that begins with a fill, and is canceled when its pending orders work. */
async function begun(world: World): Promise<string> {
  const listId = await placedOtoco(world);
  await world.take("SELL", world.price, world.quantity(2));
  await cancel(world, listId);
  return listId;
}

/** A list of which one order is filled, and so the other ends. */
async function filled(world: World): Promise<string> {
  const listId = await placedOco(world);
  await world.take("BUY", world.price, world.quantity(2));
  return listId;
}

export const listUserScenarios: readonly DriverScenario[] = [
  listRow("listStatus (OCO, canceled)", "OCO", comeAndGo, [
    ["NEW NEW", "CANCELED CANCELED"],
    ["NEW NEW", "CANCELED CANCELED"],
  ]),
  listRow("listStatus (OCO, filled)", "OCO", filled, [
    ["NEW NEW", "TRADE FILLED"],
    ["NEW NEW", "EXPIRED EXPIRED"],
  ]),
  listRow("listStatus (OTOCO)", "OTO", begun, [
    ["NEW NEW", "TRADE FILLED"],
    ["NEW PENDING_NEW", "NEW NEW", "CANCELED CANCELED"],
    ["NEW PENDING_NEW", "NEW NEW", "CANCELED CANCELED"],
  ]),
];
