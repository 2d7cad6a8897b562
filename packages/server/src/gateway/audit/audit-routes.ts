import type { FastifyInstance } from "fastify";
import { Type } from "#typebox";
import { AdminRoute, AuditCheckReply, AuditReply } from "../admin/schemas.js";
import type { AuditLog } from "./audit-log.js";

const LIMIT_DEFAULT = 100;
const Digits = (max: number) => Type.String({ pattern: `^[1-9][0-9]{0,${max - 1}}$` });

/** The log, the newest entries first, and a check of the whole of it. */
export function addAuditRoutes(app: FastifyInstance, audit: AuditLog): void {
  const query = Type.Object({ before: Type.Optional(Digits(15)), limit: Type.Optional(Digits(3)) });
  app.get(
    AdminRoute.AUDIT,
    { schema: { querystring: query, response: { 200: AuditReply } } },
    async (request) => {
      const { before, limit } = request.query as { before?: string; limit?: string };
      const entries = await audit.latest(
        before === undefined ? undefined : Number.parseInt(before, 10),
        limit === undefined ? LIMIT_DEFAULT : Number.parseInt(limit, 10),
      );
      return { entries };
    },
  );
  app.get(AdminRoute.AUDIT_CHECK, { schema: { response: { 200: AuditCheckReply } } }, async () => {
    const { problem, ...report } = await audit.check();
    return { ...report, problem: problem ?? null };
  });
}
