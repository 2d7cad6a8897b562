/** The routes of a trader about the keys of their own account. */
import { type Static, Type } from "#typebox";
import type { Clock } from "../../platform/clock.js";
import { toMs } from "../endpoint.js";
import { type KeyEntry, KeyScope, type KeySettings, type KeyStore, NEVER_US } from "../session/key-store.js";
import { type AccountRoute, CLOSED, memberRoute, Nothing, type RouteParts, Who } from "./account-route.js";
import { PeopleRefusal } from "./people-errors.js";
import { isSessionLabel } from "./sessions.js";

/** Keys of an account that people have made; operators may make more. */
const KEYS_MAX = 100;

const PublicKey = Type.String({ maxLength: 512 });

/** As the operator's listener takes them, without what is the operator's to say. */
const settings = {
  label: Type.Optional(Type.String({ maxLength: 36 })),
  scopes: Type.Optional(
    Type.Array(Type.Enum(["READ", "TRADE"]), { minItems: 1, maxItems: 2, uniqueItems: true }),
  ),
  /** In ms since 1970; null: never. */
  expiresMs: Type.Optional(
    Type.Union([Type.Integer({ minimum: 1, maximum: 8_640_000_000_000 }), Type.Null()]),
  ),
  addresses: Type.Optional(Type.Array(Type.String({ maxLength: 49 }), { maxItems: 64 })),
};
const Settings = Type.Object(settings, { ...CLOSED, minProperties: 1 });
type Settings = Static<typeof Settings>;

function keyAnswer(entry: KeyEntry, clock: Clock): object {
  return {
    apiKey: entry.apiKey,
    kind: entry.kind,
    label: entry.label,
    scopes: entry.scopes,
    createdMs: toMs(entry.createdUs),
    expiresMs: entry.expiresUs === NEVER_US ? null : toMs(entry.expiresUs),
    expired: entry.expiresUs !== NEVER_US && entry.expiresUs <= clock.nowUs(),
    addresses: entry.addresses,
  };
}

/** Keys of an account but those of sessions, which are listed as sessions. */
function ownKeys(keys: KeyStore, account: number): KeyEntry[] {
  return keys.list().filter((key) => key.account === account && !isSessionLabel(key.label));
}

function requireOwn({ keys }: RouteParts, account: number, params: unknown): string {
  const { apiKey } = params as { apiKey: string };
  if (!ownKeys(keys, account).some((key) => key.apiKey === apiKey)) throw new PeopleRefusal("UNKNOWN_KEY");
  return apiKey;
}

function settingsOf({ label, scopes, expiresMs, addresses }: Settings, clock: Clock): Partial<KeySettings> {
  if (label !== undefined && isSessionLabel(label)) {
    throw new PeopleRefusal("INVALID_REQUEST", 'a label must not begin with "session:"');
  }
  const expiresUs = expiresMs === null ? NEVER_US : expiresMs === undefined ? undefined : expiresMs * 1000;
  if (expiresUs !== undefined && expiresUs !== NEVER_US && expiresUs <= clock.nowUs()) {
    throw new PeopleRefusal("INVALID_REQUEST", "expiresMs has passed");
  }
  return {
    ...(label === undefined ? {} : { label }),
    ...(scopes === undefined ? {} : { scopes: scopes as KeyScope[] }),
    ...(expiresUs === undefined ? {} : { expiresUs }),
    ...(addresses === undefined ? {} : { addresses }),
  };
}

/** What the store can't keep is the page's to put right. */
function refuse(error: unknown): never {
  if (!(error instanceof RangeError)) throw error;
  throw new PeopleRefusal("INVALID_REQUEST", error.message.replace(/\.$/, ""));
}

export const OWN_KEY_ROUTES: readonly AccountRoute[] = [
  memberRoute({
    method: "POST",
    path: "/account/v1/session-key",
    who: Who.TRADER,
    summary: "a key that reads and trades for the session's account, and ends with the session",
    body: Type.Object({ publicKey: Type.Optional(PublicKey) }, CLOSED),
    call: async ({ people }, { body, known }) => {
      const { entry, secretKey } = await people.sessions
        .createKey(known.session, body.publicKey)
        .catch(refuse);
      return { status: 201, body: { apiKey: entry.apiKey, kind: entry.kind, secretKey } };
    },
  }),
  memberRoute({
    method: "GET",
    path: "/account/v1/keys",
    who: Who.TRADER,
    summary: "the account's API keys, without secrets",
    body: Nothing,
    call: async ({ keys, clock }, { known }) => ({
      body: ownKeys(keys, known.session.account).map((key) => keyAnswer(key, clock)),
    }),
  }),
  memberRoute({
    method: "POST",
    path: "/account/v1/keys",
    who: Who.TRADER,
    summary: "makes an API key for the account; its secret is answered this once",
    body: Type.Object({ ...settings, publicKey: Type.Optional(PublicKey) }, CLOSED),
    call: async ({ keys, clock }, { body, known }) => {
      const { account } = known.session;
      const { publicKey, ...asked } = body;
      if (ownKeys(keys, account).length >= KEYS_MAX)
        throw new PeopleRefusal("TOO_MANY_KEYS", String(KEYS_MAX));
      const { entry, secretKey } = await keys
        .create({ account, scopes: [KeyScope.READ, KeyScope.TRADE], ...settingsOf(asked, clock), publicKey })
        .catch(refuse);
      return { status: 201, body: { ...keyAnswer(entry, clock), secretKey } };
    },
  }),
  memberRoute({
    method: "PATCH",
    path: "/account/v1/keys/:apiKey",
    who: Who.TRADER,
    summary: "changes what an API key may, from where and until when; what is not named stays",
    body: Settings,
    call: async (parts, { request, body, known }) => {
      const apiKey = requireOwn(parts, known.session.account, request.params);
      const entry = await parts.keys.edit(apiKey, settingsOf(body, parts.clock)).catch(refuse);
      if (entry === undefined) throw new PeopleRefusal("UNKNOWN_KEY");
      return { body: keyAnswer(entry, parts.clock) };
    },
  }),
  memberRoute({
    method: "DELETE",
    path: "/account/v1/keys/:apiKey",
    who: Who.TRADER,
    summary: "revokes an API key; what it has opened closes",
    body: Nothing,
    call: async (parts, { request, known }) => {
      await parts.keys.revoke(requireOwn(parts, known.session.account, request.params));
      return {};
    },
  }),
];
