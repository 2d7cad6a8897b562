/**
 * The operator's listener for the command line: deposits, withdrawals, listings, halts, accounts, keys, status. It is
 * an app of its own, so that nothing of it can be reached through the public port.
 */
import { userInfo } from "node:os";
import type { FastifyInstance } from "fastify";
import type { Clock } from "../../platform/clock.js";
import type { HistoryClient } from "../../transport/history-port.js";
import type { AuditLog } from "../audit/audit-log.js";
import { addAuditRoutes } from "../audit/audit-routes.js";
import type { AuditTrail } from "../audit/audit-trail.js";
import type { People } from "../people/people.js";
import type { KeyStore } from "../session/key-store.js";
import { addKeyRoutes } from "./key-routes.js";
import { createOperatorApp } from "./operator-app.js";
import type { OperatorDesk } from "./operator-desk.js";
import { addOperatorRoutes } from "./operator-routes.js";
import * as schemas from "./schemas.js";
import { addUserRoutes } from "./user-routes.js";

export interface AdminParts {
  readonly desk: OperatorDesk;
  readonly history: HistoryClient;
  readonly keys: KeyStore;
  /** Who may sign in with a password; undefined: nobody. */
  readonly people: People | undefined;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly trail: AuditTrail;
  readonly version: string;
  /** Where clients are listened for; undefined before that. */
  readonly url: () => string | undefined;
  /** Where the operator's console is; undefined when there is none. */
  readonly consoleUrl: () => string | undefined;
}

/** Builds the listener without listening. */
export function createAdmin(parts: AdminParts): FastifyInstance {
  const { desk, history, keys, clock } = parts;
  const { engine, catalog } = desk;
  const startedUs = clock.nowUs();
  const { AdminRoute } = schemas;
  const app = createOperatorApp(Object.values(AdminRoute));
  // Whoever may open the socket is this user, or root.
  const actor = { who: `system:${userInfo().username}`, role: "SOCKET", from: "socket" };
  parts.trail.install(app, () => actor);

  app.get(AdminRoute.STATUS, { schema: { response: { 200: schemas.StatusReply } } }, async () => {
    const [status, projectionSequence] = await Promise.all([
      engine.query({ kind: "status" }),
      history.position(),
    ]);
    return {
      ...status,
      projectionSequence,
      version: parts.version,
      url: parts.url() ?? null,
      consoleUrl: parts.consoleUrl() ?? null,
      uptimeSeconds: Math.floor((clock.nowUs() - startedUs) / 1e6),
      assets: catalog.assets.length,
      markets: catalog.markets.length,
      accounts: catalog.accounts.size,
    };
  });
  addOperatorRoutes(app, desk);
  addAuditRoutes(app, parts.audit);
  const traderOf = desk.traderOf.bind(desk);
  addKeyRoutes(app, { keys, catalog, clock, traderOf });
  if (parts.people !== undefined) addUserRoutes(app, { people: parts.people, catalog, traderOf });
  return app;
}
