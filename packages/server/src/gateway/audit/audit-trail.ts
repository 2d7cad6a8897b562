/** Writes what an app's operators ask into the audit log: before it is done, and how it came out. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { AdminError } from "../admin/admin-error.js";
import { type AuditFacts, type AuditLog, AuditStage } from "./audit-log.js";

/** Who asks, and from where. */
export interface Actor {
  readonly who: string;
  readonly role: string;
  readonly from: string;
}

interface Asked {
  readonly number: number;
  readonly actor: Actor;
  readonly action: string;
  sequence: number | null;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the route does, as the audit log says it. Without a word its body is not written: it may hold secrets. */
    action?: string;
  }
}

function actionOf({ method, routeOptions }: FastifyRequest): string {
  return routeOptions.config.action ?? `${method} ${routeOptions.url ?? ""}`;
}

/** Whether a request may change something. */
export const isAct = ({ method, is404 }: FastifyRequest): boolean =>
  method !== "GET" && method !== "HEAD" && !is404;

export class AuditTrail {
  readonly #log: AuditLog;
  readonly #logger: Logger;
  readonly #asked = new WeakMap<FastifyRequest, Asked>();

  constructor(log: AuditLog, logger: Logger) {
    this.#log = log;
    this.#logger = logger;
  }

  /** Every request of the app but reads is written. `actorOf` is asked once a request has been let in. */
  install(app: FastifyInstance, actorOf: (request: FastifyRequest) => Actor): void {
    app.addHook("preHandler", async (request) => {
      if (isAct(request)) await this.#ask(request, actorOf(request));
    });
    app.addHook("onSend", async (request, reply, payload) => {
      const asked = this.#asked.get(request);
      if (asked !== undefined) await this.#answered(asked, reply, payload);
      return payload;
    });
  }

  /** The journal has the request's command. Of several the last one's sequence is told. */
  journaled(request: FastifyRequest, sequence: number): void {
    const asked = this.#asked.get(request);
    if (asked !== undefined) asked.sequence = sequence;
  }

  /** Somebody who may not do it has tried. */
  async refused(request: FastifyRequest, actor: Actor, code: string): Promise<void> {
    await this.#append({
      ...actor,
      stage: AuditStage.REFUSED,
      of: null,
      action: actionOf(request),
      detail: "",
      reason: "",
      sequence: null,
      code,
    });
  }

  async #ask(request: FastifyRequest, actor: Actor): Promise<void> {
    const { action } = request.routeOptions.config;
    // A password is in no log.
    const { reason, reference, password: _, ...body } = (request.body ?? {}) as Record<string, unknown>;
    const asked = { ...(request.params as object), ...(action === undefined ? {} : body) };
    const entry = await this.#append({
      ...actor,
      stage: AuditStage.ASKED,
      of: null,
      action: actionOf(request),
      detail: JSON.stringify(
        reference === undefined || action === undefined ? asked : { ...asked, reference },
      ),
      reason: String(reason ?? reference ?? ""),
      sequence: null,
      code: null,
    });
    this.#asked.set(request, { number: entry.number, actor, action: actionOf(request), sequence: null });
  }

  async #answered(asked: Asked, reply: FastifyReply, payload: unknown): Promise<void> {
    const { number, actor, action, sequence } = asked;
    const { statusCode } = reply;
    if (sequence !== null) reply.header("journal-sequence", String(sequence));
    const stage = stageOf(statusCode, sequence);
    const code = stage === AuditStage.DONE ? null : codeOf(payload);
    const facts: AuditFacts = { ...actor, stage, of: number, action, detail: "", reason: "", sequence, code };
    try {
      await this.#log.append(facts);
    } catch (error) {
      // It is done, and can't be taken back: that it was asked stands in the log.
      this.#logger.error({ err: error, facts }, "an action's outcome could not be written to the audit log");
    }
  }

  async #append(facts: AuditFacts) {
    try {
      return await this.#log.append(facts);
    } catch (error) {
      this.#logger.error({ err: error, facts }, "the audit log can't be written: operators can't act");
      throw new AdminError(
        503,
        "AUDIT_UNAVAILABLE",
        "The audit log can't be written, so nothing was done.",
        "Look at the disk or the database that holds it, and at the exchange's log.",
      );
    }
  }
}

/** How it came out. What the journal has is done, whatever failed behind it; a bug or a lost answer tells nothing. */
function stageOf(statusCode: number, sequence: number | null): AuditStage {
  if (statusCode < 400 || sequence !== null) return AuditStage.DONE;
  return statusCode === 500 || statusCode === 504 ? AuditStage.UNKNOWN : AuditStage.REFUSED;
}

/** The code of a refusal's JSON. */
function codeOf(payload: unknown): string {
  const code = /"code":"([A-Z_]+)"/.exec(typeof payload === "string" ? payload : "");
  return code?.[1] ?? "UNKNOWN";
}
