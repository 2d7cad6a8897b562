/**
 * The operator's console: its page and its API, for people who have signed in. An app of its own, on a listener of its
 * own: nothing of it can be reached through the public port, and nobody who trades may sign in here.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ControlRefusedError, NobodyListensError } from "../../platform/control-socket.js";
import { AdminError } from "../admin/admin-error.js";
import { createOperatorApp } from "../admin/operator-app.js";
import type { OperatorDesk } from "../admin/operator-desk.js";
import { addOperatorRoutes } from "../admin/operator-routes.js";
import { AdminRoute, ConsoleRoute, HandoverBody, HandoverReply } from "../admin/schemas.js";
import type { AuditLog } from "../audit/audit-log.js";
import { addAuditRoutes } from "../audit/audit-routes.js";
import { type AuditTrail, isAct } from "../audit/audit-trail.js";
import { Role } from "../people/people-store.js";
import type { AddressOf } from "../session/client-address.js";
import { addConsolePage } from "../terminal/terminal-routes.js";
import { FiguresDesk } from "./figures-desk.js";
import type { VenueSource } from "./venue.js";

/** Who may come in: OBSERVER looks, OPERATOR also acts. */
export const CONSOLE_ROLES = [Role.OBSERVER, Role.OPERATOR] as const;
export type ConsoleRole = (typeof CONSOLE_ROLES)[number];

/** Somebody who has signed in. */
export interface ConsoleSession {
  readonly user: string;
  readonly role: ConsoleRole;
}

/** Signing in. */
export interface ConsoleDoor {
  /** Adds the routes of signing in and out. */
  readonly addRoutes: (app: FastifyInstance) => void;
  /**
   * Whose request it is. Rejects with a refusal when nobody of the console's roles has signed in, or when it may have
   * been sent by another site's page.
   */
  readonly sessionOf: (request: FastifyRequest) => Promise<ConsoleSession>;
}

export interface ConsoleParts {
  readonly desk: OperatorDesk;
  readonly audit: AuditLog;
  readonly trail: AuditTrail;
  readonly source: VenueSource;
  readonly door: ConsoleDoor;
  readonly addressOf: AddressOf;
}

/** Builds the listener without listening. */
export function createConsole(parts: ConsoleParts): FastifyInstance {
  const { desk, audit, trail, source, door, addressOf } = parts;
  const sessions = new WeakMap<FastifyRequest, ConsoleSession>();
  const figures = new FiguresDesk(source, desk);
  const app = createOperatorApp([...Object.values(AdminRoute), ...Object.values(ConsoleRoute)]);
  const actorOf = (request: FastifyRequest) => {
    const { user, role } = sessions.get(request)!;
    return { who: user, role, from: addressOf(request.raw) };
  };

  addConsolePage(app);
  door.addRoutes(app);
  app.register(async (api) => {
    api.addHook("onRequest", async (request, reply) => {
      reply.header("cache-control", "no-store");
      const session = await door.sessionOf(request);
      sessions.set(request, session);
      if (!isAct(request) || session.role === Role.OPERATOR) return;
      await trail.refused(request, actorOf(request), "NOT_ALLOWED");
      throw new AdminError(
        403,
        "NOT_ALLOWED",
        "An observer looks and does not act; nothing was done.",
        "Sign in as an operator.",
      );
    });
    api.addHook("preHandler", async (request) => {
      if (isAct(request)) requireReason(request);
    });
    trail.install(api, actorOf);
    addOperatorRoutes(api, desk);
    addAuditRoutes(api, audit);
    api.get(ConsoleRoute.FIGURES, () => figures.figures());
    api.post(
      ConsoleRoute.HANDOVERS,
      { config: { action: "HAND_OVER" }, schema: { body: HandoverBody, response: { 200: HandoverReply } } },
      (request) => handOver(source, (request.body as HandoverBody).partition),
    );
  });
  app.addHook("onClose", async () => figures.close());
  return app;
}

/** A payment's reference says why, and stands in the journal; anything else is asked for its reason. */
function requireReason(request: FastifyRequest): void {
  const { reason, reference } = (request.body ?? {}) as { reason?: string; reference?: string };
  if ((reason ?? reference ?? "").trim() !== "") return;
  throw new AdminError(
    400,
    "REASON_MISSING",
    "No reason is given; nothing was done.",
    "Say in `reason` why, in up to 200 characters.",
  );
}

async function handOver({ handover }: VenueSource, partition: number) {
  if (handover === undefined) {
    throw new AdminError(
      409,
      "NO_STANDBY",
      "An exchange of one process has no standby to hand over to.",
      "A cluster with standbys has: `buttonwood cluster up --standbys`.",
    );
  }
  try {
    return await handover(partition);
  } catch (error) {
    if (!(error instanceof ControlRefusedError || error instanceof NobodyListensError)) {
      throw new AdminError(
        504,
        "HANDOVER_UNKNOWN",
        `Whether partition ${partition} was handed over is not known: ${(error as Error).message}.`,
        "See which engine leads it before you try again.",
      );
    }
    throw new AdminError(
      409,
      "HANDOVER_FAILED",
      `Partition ${partition} was not handed over: ${(error as Error).message}.`,
      "See which engines stand by, and try again.",
    );
  }
}
