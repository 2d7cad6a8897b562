/** The operator's routes about API keys. */
import type { FastifyInstance } from "fastify";
import { Type } from "#typebox";
import type { Clock } from "../../platform/clock.js";
import type { ExchangeCatalog } from "../catalog.js";
import { toMs } from "../endpoint.js";
import { isSessionLabel } from "../people/sessions.js";
import {
  type KeyEntry,
  type KeyRateLimits,
  KeyScope,
  type KeySettings,
  type KeyStore,
  NEVER_US,
} from "../session/key-store.js";
import { AdminError } from "./admin-error.js";
import * as schemas from "./schemas.js";

export interface KeyRouteParts {
  readonly keys: KeyStore;
  readonly catalog: ExchangeCatalog;
  readonly clock: Clock;
  /** The number of an account that may hold keys. Throws {@link AdminError}. */
  readonly traderOf: (reference: number | string) => number;
}

export function addKeyRoutes(app: FastifyInstance, { keys, catalog, clock, traderOf }: KeyRouteParts): void {
  const { AdminRoute } = schemas;

  const reply = (entry: KeyEntry): schemas.KeyReply => ({
    apiKey: entry.apiKey,
    kind: entry.kind,
    account: entry.account,
    accountName: catalog.accounts.get(entry.account)?.name ?? "",
    label: entry.label,
    scopes: [...entry.scopes],
    createdMs: toMs(entry.createdUs),
    expiresMs: entry.expiresUs === NEVER_US ? null : toMs(entry.expiresUs),
    expired: entry.expiresUs !== NEVER_US && entry.expiresUs <= clock.nowUs(),
    addresses: [...entry.addresses],
    rateLimits: entry.rateLimits,
  });

  /** The settings that a body names. Throws {@link AdminError} when what they make would soon be no key. */
  const settings = (body: schemas.EditKeyBody): Partial<KeySettings> => {
    const { label, scopes, expiresMs, addresses, rateLimits } = body;
    if (label !== undefined && isSessionLabel(label)) {
      throw new AdminError(
        400,
        "INVALID_VALUE",
        "label begins with `session:`, as those of sessions' keys do, which end with their session.",
        "Choose another label.",
      );
    }
    const expiresUs = expiresMs === null ? NEVER_US : expiresMs === undefined ? undefined : expiresMs * 1000;
    if (expiresUs !== undefined && expiresUs !== NEVER_US && expiresUs <= clock.nowUs()) {
      throw new AdminError(
        400,
        "INVALID_VALUE",
        "expiresMs has passed.",
        "Name a time to come, in ms since 1970; DELETE ends a key at once.",
      );
    }
    return {
      ...(label === undefined ? {} : { label }),
      ...(scopes === undefined ? {} : { scopes: scopes as KeyScope[] }),
      ...(expiresUs === undefined ? {} : { expiresUs }),
      ...(addresses === undefined ? {} : { addresses }),
      ...(rateLimits === undefined ? {} : { rateLimits: rateLimits as KeyRateLimits }),
    };
  };

  const unknown = (): AdminError =>
    new AdminError(404, "UNKNOWN_KEY", "There is no such key.", "GET /v1/keys lists them.");

  app.get(AdminRoute.KEYS, { schema: { response: { 200: Type.Array(schemas.KeyReply) } } }, async () =>
    keys.list().map(reply),
  );
  app.post(
    AdminRoute.KEYS,
    {
      config: { action: "CREATE_KEY" },
      schema: { body: schemas.CreateKeyBody, response: { 201: schemas.CreateKeyReply } },
    },
    async (request, answer) => {
      const { account, publicKey, ...body } = request.body as schemas.CreateKeyBody;
      const { entry, secretKey } = await keys
        .create({
          account: traderOf(account),
          scopes: [KeyScope.READ, KeyScope.TRADE],
          ...settings(body),
          publicKey,
        })
        .catch(refuseKey);
      return answer.status(201).send({ ...reply(entry), secretKey });
    },
  );
  app.patch(
    `${AdminRoute.KEYS}/:apiKey`,
    {
      config: { action: "EDIT_KEY" },
      schema: { body: schemas.EditKeyBody, response: { 200: schemas.KeyReply } },
    },
    async (request) => {
      const { apiKey } = request.params as { apiKey: string };
      const entry = await keys.edit(apiKey, settings(request.body as schemas.EditKeyBody)).catch(refuseKey);
      if (entry === undefined) throw unknown();
      return reply(entry);
    },
  );
  app.delete(`${AdminRoute.KEYS}/:apiKey`, { config: { action: "REVOKE_KEY" } }, async (request, answer) => {
    const { apiKey } = request.params as { apiKey: string };
    if (!(await keys.revoke(apiKey))) throw unknown();
    return answer.status(204).send();
  });
}

/** What the store can't keep is the operator's to put right. */
function refuseKey(error: unknown): never {
  if (!(error instanceof RangeError)) throw error;
  throw new AdminError(
    400,
    "INVALID_KEY",
    error.message,
    "Send an Ed25519 public key in PEM, and addresses like 203.0.113.7 or 2001:db8::/32.",
  );
}
