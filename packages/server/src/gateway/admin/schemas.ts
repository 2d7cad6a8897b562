/**
 * What the operator's listener takes and answers. It listens on a Unix socket in the data folder that only the
 * exchange's own user may open; amounts and prices are decimal text, as in the public API.
 */
import { type Static, Type } from "#typebox";
import { LOGIN_PATTERN } from "../people/people-store.js";

const Amount = Type.String({ pattern: "^[0-9]{1,20}(\\.[0-9]{1,20})?$", description: "A plain decimal." });
const Name = Type.String({ minLength: 1, maxLength: 36 });
/** As long as what may be listed: what is longer names nothing. */
const SymbolName = Type.String({ minLength: 1, maxLength: 20 });
const AssetName = Type.String({ minLength: 1, maxLength: 16 });
const Closed = { additionalProperties: false } as const;

/** Why, in the operator's words: for the audit log. The console asks for one with everything but a payment, which has its reference. */
const ReasonText = Type.String({ minLength: 1, maxLength: 200, pattern: "^[^\\p{Cc}\\p{Cs}]*$" });
const reason = { reason: Type.Optional(ReasonText) };

/** Begins the journaled reference of an adjustment, so that it is told from a deposit or a withdrawal. */
export const ADJUSTMENT_PREFIX = "adj: ";

/** An account by number, or by the name it was opened with. */
const AccountReference = Type.Union([Type.Integer({ minimum: 0 }), Name]);

export const Applied = Type.Object({ sequence: Type.Integer(), repeated: Type.Boolean() });

export const OpenAccountBody = Type.Object({ name: Name, ...reason }, Closed);
export const AccountReply = Type.Object({
  account: Type.Integer(),
  name: Type.String(),
  frozen: Type.Boolean(),
});
export const AccountStatusBody = Type.Object(
  { account: AccountReference, status: Type.Enum(["ACTIVE", "FROZEN"]), ...reason },
  Closed,
);

export const ListAssetBody = Type.Object(
  {
    name: AssetName,
    decimals: Type.Integer({ minimum: 0, maximum: 12, default: 8 }),
    ...reason,
  },
  Closed,
);
export const AssetReply = Type.Object({
  asset: Type.Integer(),
  name: Type.String(),
  decimals: Type.Integer(),
});

export const ListMarketBody = Type.Object(
  {
    symbol: Type.String({ minLength: 1, maxLength: 20, pattern: "^[A-Z0-9_.-]{1,20}$" }),
    baseAsset: AssetName,
    quoteAsset: AssetName,
    tickSize: Amount,
    stepSize: Amount,
    referencePrice: Amount,
    minPrice: Type.Optional(Amount),
    maxPrice: Type.Optional(Amount),
    minQuantity: Type.Optional(Amount),
    maxQuantity: Type.Optional(Amount),
    /** Highest quantity of a MARKET order; default `maxQuantity`. */
    maxMarketQuantity: Type.Optional(Amount),
    minNotional: Type.Optional(Amount),
    maxNotional: Type.Optional(Amount),
    /** Fractions of what is received: `0.001` is 0.1 %. */
    makerFee: Type.Optional(Amount),
    takerFee: Type.Optional(Amount),
    maxOpenOrders: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    maxStopOrders: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
    /** Multipliers of the last price that bound an order's price; 0 or absent = no bound. */
    bidMultiplierDown: Type.Optional(Amount),
    bidMultiplierUp: Type.Optional(Amount),
    askMultiplierDown: Type.Optional(Amount),
    askMultiplierUp: Type.Optional(Amount),
    ...reason,
  },
  Closed,
);
export const MarketReply = Type.Object({
  market: Type.Integer(),
  symbol: Type.String(),
  baseAsset: Type.String(),
  quoteAsset: Type.String(),
  status: Type.String(),
  tickSize: Type.String(),
  stepSize: Type.String(),
  makerFee: Type.String(),
  takerFee: Type.String(),
  /** How far prices may lie from the reference price; what is left out: any. */
  bands: Type.Object({
    /** Left out: the price of the last trade. */
    referencePrice: Type.Optional(Type.String()),
    bidMultiplierDown: Type.Optional(Type.String()),
    bidMultiplierUp: Type.Optional(Type.String()),
    askMultiplierDown: Type.Optional(Type.String()),
    askMultiplierUp: Type.Optional(Type.String()),
  }),
});
export const MarketStatusBody = Type.Object(
  {
    /** Absent: every market. */
    symbol: Type.Optional(SymbolName),
    status: Type.Enum(["TRADING", "HALT", "BREAK", "CANCEL_ONLY"]),
    ...reason,
  },
  Closed,
);
export const MarketFeesBody = Type.Object(
  { symbol: SymbolName, makerFee: Amount, takerFee: Amount, ...reason },
  Closed,
);

/** Multipliers of the reference price; left out or 0: any price. */
export const MarketBandsBody = Type.Object(
  {
    symbol: SymbolName,
    /** Left out: the price of the last trade. */
    referencePrice: Type.Optional(Amount),
    bidMultiplierDown: Type.Optional(Amount),
    bidMultiplierUp: Type.Optional(Amount),
    askMultiplierDown: Type.Optional(Amount),
    askMultiplierUp: Type.Optional(Amount),
    ...reason,
  },
  Closed,
);
export type MarketBandsBody = Static<typeof MarketBandsBody>;

export const TransferBody = Type.Object(
  {
    account: AccountReference,
    asset: AssetName,
    amount: Amount,
    /** Says why, and makes a repeat harmless: the same reference and amount take effect once. */
    reference: Type.String({
      minLength: 1,
      maxLength: 36,
      pattern: `^(?!${ADJUSTMENT_PREFIX})[\\x20-\\x7e]{1,36}$`,
    }),
  },
  Closed,
);
export const AdjustBody = Type.Object(
  {
    account: AccountReference,
    asset: AssetName,
    /** With its sign: what is added, or with a minus taken off. */
    amount: Type.String({ pattern: "^[+-]?[0-9]{1,20}(\\.[0-9]{1,20})?$" }),
    reference: Type.String({ minLength: 1, maxLength: 31, pattern: "^[\\x20-\\x7e]{1,31}$" }),
  },
  Closed,
);
export const TransferReply = Type.Object({
  sequence: Type.Integer(),
  repeated: Type.Boolean(),
  account: Type.Integer(),
  asset: Type.String(),
  free: Type.String(),
  locked: Type.String(),
});

/** Settings of a key that are given when it is made, and may be changed. */
const keySettings = {
  label: Type.Optional(Type.String({ maxLength: 36 })),
  scopes: Type.Optional(Type.Array(Type.Enum(["READ", "TRADE"]), { minItems: 1, uniqueItems: true })),
  /** When it ends, in ms since 1970; null: never. */
  expiresMs: Type.Optional(
    Type.Union([Type.Integer({ minimum: 1, maximum: 8_640_000_000_000 }), Type.Null()]),
  ),
  /** Addresses and ranges that it may be used from; none: everywhere. */
  addresses: Type.Optional(Type.Array(Type.String({ maxLength: 49 }), { maxItems: 64 })),
  rateLimits: Type.Optional(Type.Enum(["standard", "none"])),
};

export const EditKeyBody = Type.Object(keySettings, { ...Closed, minProperties: 1 });
export const CreateKeyBody = Type.Object(
  {
    account: AccountReference,
    ...keySettings,
    /** An Ed25519 public key in PEM; absent: an HMAC secret is made and answered once. */
    publicKey: Type.Optional(Type.String({ maxLength: 512 })),
  },
  Closed,
);
export const KeyReply = Type.Object({
  apiKey: Type.String(),
  kind: Type.String(),
  account: Type.Integer(),
  accountName: Type.String(),
  label: Type.String(),
  scopes: Type.Array(Type.String()),
  createdMs: Type.Integer(),
  expiresMs: Type.Union([Type.Integer(), Type.Null()]),
  /** Whether it has ended. */
  expired: Type.Boolean(),
  addresses: Type.Array(Type.String()),
  rateLimits: Type.String(),
});
export const CreateKeyReply = Type.Object({ ...KeyReply.properties, secretKey: Type.String() });

/** A password on its way to its hash: what it must be like is checked there. */
const Password = Type.String({ maxLength: 1_024 });

export const CreateUserBody = Type.Object(
  {
    login: Type.String({ pattern: LOGIN_PATTERN }),
    role: Type.Enum(["TRADER", "OBSERVER", "OPERATOR"]),
    /** Of a trader. */
    account: Type.Optional(AccountReference),
    password: Password,
  },
  Closed,
);
export const EditUserBody = Type.Object(
  {
    password: Type.Optional(Password),
    disabled: Type.Optional(Type.Boolean()),
    /** Off: one-time codes are asked for no more. */
    totp: Type.Optional(Type.Enum(["OFF"])),
  },
  { ...Closed, minProperties: 1, maxProperties: 1 },
);
export const UserReply = Type.Object({
  login: Type.String(),
  role: Type.String(),
  /** Null for who trades with none. */
  account: Type.Union([Type.Integer(), Type.Null()]),
  accountName: Type.String(),
  totp: Type.Boolean(),
  disabled: Type.Boolean(),
  demo: Type.Boolean(),
  createdMs: Type.Integer(),
});

export const StatusReply = Type.Object({
  version: Type.String(),
  /** Where clients connect; null before they can. */
  url: Type.Union([Type.String(), Type.Null()]),
  /** Where the operator's console is; null when there is none. */
  consoleUrl: Type.Union([Type.String(), Type.Null()]),
  uptimeSeconds: Type.Number(),
  sequence: Type.Integer(),
  epoch: Type.Integer(),
  digest: Type.String(),
  openOrders: Type.Integer(),
  queuedCommands: Type.Integer(),
  batches: Type.Integer(),
  commands: Type.Integer(),
  commitMsP50: Type.Number(),
  commitMsP99: Type.Number(),
  snapshotPauseMsMax: Type.Number(),
  projectionSequence: Type.Integer(),
  assets: Type.Integer(),
  markets: Type.Integer(),
  accounts: Type.Integer(),
});

export const BalancesReply = Type.Object({
  account: Type.Integer(),
  balances: Type.Array(Type.Object({ asset: Type.String(), free: Type.String(), locked: Type.String() })),
});

const AuditEntry = Type.Object({
  number: Type.Integer(),
  timeMs: Type.Integer(),
  stage: Type.String(),
  of: Type.Union([Type.Integer(), Type.Null()]),
  who: Type.String(),
  role: Type.String(),
  from: Type.String(),
  action: Type.String(),
  detail: Type.String(),
  reason: Type.String(),
  sequence: Type.Union([Type.Integer(), Type.Null()]),
  code: Type.Union([Type.String(), Type.Null()]),
  previous: Type.String(),
  hash: Type.String(),
});
export const AuditReply = Type.Object({ entries: Type.Array(AuditEntry) });
export const AuditCheckReply = Type.Object({
  entries: Type.Integer(),
  head: Type.String(),
  /** What does not hold; null when everything does. */
  problem: Type.Union([Type.String(), Type.Null()]),
});

/** Every refusal: what happened, and what to do. */
export const ErrorReply = Type.Object({
  error: Type.Object({ code: Type.String(), message: Type.String(), hint: Type.String() }),
});

export type ListMarketBody = Static<typeof ListMarketBody>;
export type ListAssetBody = Static<typeof ListAssetBody>;
export type AdjustBody = Static<typeof AdjustBody>;
export type TransferBody = Static<typeof TransferBody>;
export type CreateKeyBody = Static<typeof CreateKeyBody>;
export type EditKeyBody = Static<typeof EditKeyBody>;
export type KeyReply = Static<typeof KeyReply>;
export type CreateKeyReply = Static<typeof CreateKeyReply>;
export type AccountReply = Static<typeof AccountReply>;
export type AssetReply = Static<typeof AssetReply>;
export type MarketReply = Static<typeof MarketReply>;
export type CreateUserBody = Static<typeof CreateUserBody>;
export type EditUserBody = Static<typeof EditUserBody>;
export type UserReply = Static<typeof UserReply>;
export type StatusReply = Static<typeof StatusReply>;
export type TransferReply = Static<typeof TransferReply>;
export type BalancesReply = Static<typeof BalancesReply>;
export type ErrorReply = Static<typeof ErrorReply>;

export const HandoverBody = Type.Object(
  { partition: Type.Integer({ minimum: 0, maximum: 65_535 }), ...reason },
  Closed,
);
export type HandoverBody = Static<typeof HandoverBody>;
export const HandoverReply = Type.Object({
  partition: Type.Integer(),
  from: Type.String(),
  to: Type.String(),
  epoch: Type.Integer(),
  tookMs: Type.Integer(),
});

/** What the console has besides the routes that it shares with the command line. */
export const ConsoleRoute = {
  FIGURES: "/v1/figures",
  HANDOVERS: "/v1/handovers",
} as const;

/** The listener's routes, as the command line calls them. */
export const AdminRoute = {
  STATUS: "/v1/status",
  ASSETS: "/v1/assets",
  MARKETS: "/v1/markets",
  MARKET_STATUS: "/v1/market-status",
  MARKET_FEES: "/v1/market-fees",
  MARKET_BANDS: "/v1/market-bands",
  ACCOUNTS: "/v1/accounts",
  ACCOUNT_STATUS: "/v1/account-status",
  BALANCES: "/v1/balances",
  DEPOSITS: "/v1/deposits",
  WITHDRAWALS: "/v1/withdrawals",
  ADJUSTMENTS: "/v1/adjustments",
  AUDIT: "/v1/audit",
  AUDIT_CHECK: "/v1/audit-check",
  KEYS: "/v1/keys",
  USERS: "/v1/users",
} as const;
export type AdminRoute = (typeof AdminRoute)[keyof typeof AdminRoute];

/** The socket's name in the data folder. */
export const ADMIN_SOCKET_NAME = "admin.sock";
