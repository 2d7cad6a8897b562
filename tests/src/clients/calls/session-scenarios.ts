import assert from "node:assert/strict";
import type { Scenario } from "./scenario.js";

/** A connection that shows its key once. */
export const sessionScenarios: readonly Scenario[] = [
  {
    title: "session.logon, session.status",
    needs: ["sessionLogon", "sessionStatus"],
    run: async (client) => {
      assert.equal(await client.sessionLogon(), true);
      assert.equal(await client.sessionStatus(), true);
    },
  },
  {
    title: "session.logout",
    needs: ["sessionLogon", "sessionStatus", "sessionLogout"],
    run: async (client) => {
      await client.sessionLogon();
      assert.equal(await client.sessionLogout(), false);
      assert.equal(await client.sessionStatus(), false);
    },
  },
];
