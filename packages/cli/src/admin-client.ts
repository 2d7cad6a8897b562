import { request } from "node:http";
import { join, relative, resolve } from "node:path";
import { dataArgument } from "./terminal/data-option.js";
import { CommandFailure } from "./terminal/failure.js";

/** The socket that a running exchange opens in its data folder. */
const SOCKET_NAME = "admin.sock";

/** Systems refuse longer socket paths; a relative one may still fit. */
const SOCKET_PATH_MAX = 100;

/** An operator's command that takes longer than this is given up, so that a stuck exchange is noticed. */
const TIMEOUT_MS = 30_000;

/** What lists the things that a refusal says there is none of, by the refusal's code. */
const LISTED_BY: Readonly<Record<string, string>> = {
  UNKNOWN_ACCOUNT: "accounts",
  UNKNOWN_MARKET: "markets",
  UNKNOWN_ASSET: "markets",
  UNKNOWN_KEY: "keys",
  UNKNOWN_USER: "users",
};

export interface StatusReply {
  /** Where clients connect; null before they can. */
  readonly url: string | null;
  /** Where the operator's console is; null when there is none. */
  readonly consoleUrl: string | null;
  readonly version: string;
  readonly sequence: number;
}

export interface AccountReply {
  readonly account: number;
  readonly name: string;
  readonly frozen: boolean;
}

export interface BalancesReply {
  readonly account: number;
  readonly balances: readonly { readonly asset: string; readonly free: string; readonly locked: string }[];
}

export interface AssetReply {
  readonly asset: number;
  readonly name: string;
  readonly decimals: number;
}

export interface MarketReply {
  readonly market: number;
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly status: string;
  readonly tickSize: string;
  readonly stepSize: string;
  readonly makerFee: string;
  readonly takerFee: string;
  /** Multipliers of the reference; what is left out: any price, or the price of the last trade. */
  readonly bands: {
    readonly referencePrice?: string;
    readonly bidMultiplierDown?: string;
    readonly bidMultiplierUp?: string;
    readonly askMultiplierDown?: string;
    readonly askMultiplierUp?: string;
  };
}

export interface KeyReply {
  readonly apiKey: string;
  readonly kind: string;
  readonly account: number;
  readonly accountName: string;
  readonly label: string;
  readonly scopes: readonly string[];
  readonly createdMs: number;
  /** Null: never. */
  readonly expiresMs: number | null;
  readonly expired: boolean;
  /** None: it may be used from everywhere. */
  readonly addresses: readonly string[];
  readonly rateLimits: "standard" | "none";
}

/** What may be said of a key when it is made, and changed later. */
export interface KeySettings {
  readonly label?: string;
  readonly scopes?: readonly string[];
  readonly expiresMs?: number | null;
  readonly addresses?: readonly string[];
  readonly rateLimits?: "standard" | "none";
}

export interface UserReply {
  readonly login: string;
  readonly role: string;
  /** Null for who trades with none. */
  readonly account: number | null;
  readonly accountName: string;
  /** Whether one-time codes are asked for. */
  readonly totp: boolean;
  readonly disabled: boolean;
  /** Made by the first start, with a password that nobody chose. */
  readonly demo: boolean;
  readonly createdMs: number;
}

interface Transfer {
  /** The account's name. */
  readonly account: string;
  readonly asset: string;
  /** A plain decimal. */
  readonly amount: string;
  /** The same one and amount take effect once. */
  readonly reference: string;
}

export interface TransferReply {
  readonly sequence: number;
  readonly repeated: boolean;
  readonly account: number;
  readonly asset: string;
  readonly free: string;
  readonly locked: string;
}

/** What an operator asked, or how it came out. */
export interface AuditEntry {
  readonly number: number;
  readonly timeMs: number;
  readonly stage: "ASKED" | "DONE" | "REFUSED" | "UNKNOWN";
  /** Of an outcome: the number of what was asked. */
  readonly of: number | null;
  readonly who: string;
  readonly role: string;
  readonly from: string;
  readonly action: string;
  /** JSON. */
  readonly detail: string;
  readonly reason: string;
  readonly sequence: number | null;
  readonly code: string | null;
  readonly hash: string;
}

export interface AuditCheck {
  readonly entries: number;
  readonly head: string;
  readonly problem: string | null;
}

/** Talks to the exchange that runs on a data folder, over its operator's socket. */
export class AdminClient {
  readonly #data: string;

  constructor(dataFolder: string) {
    this.#data = dataFolder;
  }

  status(): Promise<StatusReply> {
    return this.#call("GET", "/v1/status");
  }

  /** Where the exchange of this folder listens for clients. */
  async url(): Promise<string> {
    const { url } = await this.status();
    if (url !== null) return url;
    throw new CommandFailure(
      `the exchange on ${this.#data} does not take orders yet.`,
      "It is starting; nothing was sent.",
      "Wait until it says where it listens, or name the address with --url.",
    );
  }

  accounts(): Promise<AccountReply[]> {
    return this.#call("GET", "/v1/accounts");
  }

  openAccount(name: string): Promise<AccountReply> {
    return this.#call("POST", "/v1/accounts", { name });
  }

  setAccountStatus(account: string, status: "ACTIVE" | "FROZEN", reason?: string): Promise<AccountReply> {
    return this.#call("POST", "/v1/account-status", { account, status, reason });
  }

  balances(account: number): Promise<BalancesReply> {
    return this.#call("GET", `/v1/balances?account=${account}`);
  }

  assets(): Promise<AssetReply[]> {
    return this.#call("GET", "/v1/assets");
  }

  listAsset(name: string, decimals: number): Promise<AssetReply> {
    return this.#call("POST", "/v1/assets", { name, decimals });
  }

  markets(): Promise<MarketReply[]> {
    return this.#call("GET", "/v1/markets");
  }

  listMarket(listing: object): Promise<MarketReply> {
    return this.#call("POST", "/v1/markets", listing);
  }

  /** Sets one market's status, or every market's when `symbol` is undefined. */
  setMarketStatus(symbol: string | undefined, status: string, reason?: string): Promise<MarketReply[]> {
    return this.#call("POST", "/v1/market-status", { symbol, status, reason });
  }

  setMarketFees(fees: {
    readonly symbol: string;
    readonly makerFee: string;
    readonly takerFee: string;
    readonly reason?: string | undefined;
  }): Promise<MarketReply> {
    return this.#call("POST", "/v1/market-fees", fees);
  }

  setMarketBands(bands: {
    readonly symbol: string;
    readonly referencePrice?: string;
    readonly bidMultiplierDown?: string;
    readonly bidMultiplierUp?: string;
    readonly askMultiplierDown?: string;
    readonly askMultiplierUp?: string;
    readonly reason?: string | undefined;
  }): Promise<MarketReply> {
    return this.#call("POST", "/v1/market-bands", bands);
  }

  deposit(transfer: Transfer): Promise<TransferReply> {
    return this.#call("POST", "/v1/deposits", transfer);
  }

  withdraw(transfer: Transfer): Promise<TransferReply> {
    return this.#call("POST", "/v1/withdrawals", transfer);
  }

  /** `amount` with its sign. */
  adjust(transfer: Transfer): Promise<TransferReply> {
    return this.#call("POST", "/v1/adjustments", transfer);
  }

  /** The newest entries first. */
  async audit(limit: number): Promise<readonly AuditEntry[]> {
    const { entries } = await this.#call<{ entries: readonly AuditEntry[] }>(
      "GET",
      `/v1/audit?limit=${limit}`,
    );
    return entries;
  }

  checkAudit(): Promise<AuditCheck> {
    return this.#call("GET", "/v1/audit-check");
  }

  keys(): Promise<KeyReply[]> {
    return this.#call("GET", "/v1/keys");
  }

  createKey(
    key: KeySettings & { readonly account: string; readonly publicKey?: string },
  ): Promise<KeyReply & { readonly secretKey: string }> {
    return this.#call("POST", "/v1/keys", key);
  }

  editKey(apiKey: string, changes: KeySettings): Promise<KeyReply> {
    return this.#call("PATCH", `/v1/keys/${encodeURIComponent(apiKey)}`, changes);
  }

  revokeKey(apiKey: string): Promise<void> {
    return this.#call("DELETE", `/v1/keys/${encodeURIComponent(apiKey)}`);
  }

  users(): Promise<UserReply[]> {
    return this.#call("GET", "/v1/users");
  }

  createUser(user: {
    readonly login: string;
    readonly role: string;
    readonly account?: string;
    readonly password: string;
  }): Promise<UserReply> {
    return this.#call("POST", "/v1/users", user);
  }

  editUser(
    login: string,
    change: { readonly password: string } | { readonly disabled: boolean } | { readonly totp: "OFF" },
  ): Promise<UserReply> {
    return this.#call("PATCH", `/v1/users/${encodeURIComponent(login)}`, change);
  }

  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    const { status, text } = await this.#send(method, path, body);
    const answer: unknown = text === "" ? undefined : JSON.parse(text);
    if (status < 400) return answer as T;
    const error = (answer as { error?: { code?: string; message?: string; hint?: string } } | undefined)
      ?.error;
    const listedBy = LISTED_BY[error?.code ?? ""];
    const unknown = status === 504;
    throw new CommandFailure(
      error?.message ?? `the exchange answered with status ${status}.`,
      unknown
        ? "The exchange may or may not have done it."
        : "The exchange refused, and nothing was changed.",
      listedBy !== undefined
        ? `\`buttonwood ${listedBy}${dataArgument(this.#data)}\` lists what there is.`
        : (error?.hint ?? "Look at the exchange's log around this time."),
    );
  }

  #send(
    method: string,
    path: string,
    body: object | undefined,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const full = resolve(this.#data, SOCKET_NAME);
    const socketPath = full.length <= SOCKET_PATH_MAX ? full : relative(process.cwd(), full);
    const payload = body === undefined ? "" : JSON.stringify(body);
    return new Promise((fulfil, reject) => {
      const sent = request(
        {
          socketPath,
          method,
          path,
          timeout: TIMEOUT_MS,
          headers: {
            ...(payload === "" ? {} : { "Content-Type": "application/json" }),
            "Content-Length": Buffer.byteLength(payload),
          },
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => {
            text += chunk;
          });
          response.on("end", () => fulfil({ status: response.statusCode ?? 0, text }));
          response.on("error", reject);
        },
      );
      sent.on("timeout", () => sent.destroy(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)));
      sent.on("error", (error: NodeJS.ErrnoException) => reject(this.#unreachable(error)));
      sent.end(payload);
    });
  }

  #unreachable(error: NodeJS.ErrnoException): CommandFailure {
    const socket = join(this.#data, SOCKET_NAME);
    if (error.code === "EACCES") {
      return new CommandFailure(
        `${socket} may not be opened by this user.`,
        "Only the user that runs the exchange may operate it; nothing was changed.",
        "Run the command as that user.",
      );
    }
    if (error.code === "ENOENT" || error.code === "ECONNREFUSED") {
      return new CommandFailure(
        `no exchange runs on the data folder ${this.#data}.`,
        "Operators' commands go to a running exchange; nothing was changed.",
        `Start one with \`buttonwood start --data ${this.#data}\`, or name another folder with --data.`,
      );
    }
    return new CommandFailure(
      `the exchange on ${this.#data} did not answer (${error.message}).`,
      "It may or may not have done what was asked.",
      "Look at its log, then ask again; a deposit or withdrawal is safe to repeat with the same --reference.",
    );
  }
}
