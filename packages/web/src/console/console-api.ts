/** What the page asks of the operator's listener, and what that answers. Its methods throw SiteRefusal. */
import { siteRequest } from "../parts/site-request.js";
import { AccountApi } from "../people/account-api.js";
import type { Typed } from "../people/sign-in-fields.js";

export interface Me {
  readonly user: string;
  readonly role: "OBSERVER" | "OPERATOR";
  readonly hasTotp: boolean;
}

export interface Part {
  readonly name: string;
  readonly tier: string;
  readonly state: string;
  readonly partition: number | null;
  readonly leads: boolean | null;
  readonly epoch: number | null;
  readonly sequence: number | null;
  readonly lagCommands: number | null;
  readonly perSecond: number | null;
  readonly queuedCommands: number | null;
  readonly commitMsP50: number | null;
  readonly commitMsP99: number | null;
  readonly cores: number | null;
  readonly threads: number | null;
  readonly restarts: number | null;
}

export interface Figures {
  readonly kind: "process" | "cluster";
  readonly name: string;
  readonly atMs: number;
  readonly parts: readonly Part[];
  readonly missing: string | null;
  readonly commandsPerSecond: number;
  readonly traffic: {
    readonly requestsPerSecond: number;
    readonly ordersPerSecond: number;
    readonly orderMsP50: number | null;
    readonly orderMsP99: number | null;
  } | null;
  readonly machine: { readonly cores: number; readonly idleCores: number };
  readonly tiers: readonly {
    readonly tier: string;
    readonly parts: number;
    readonly cores: number;
    readonly busiest: { readonly name: string; readonly share: number } | null;
  }[];
  readonly limit: {
    readonly kind: "machine" | "tier" | "none";
    readonly tier: string | null;
    readonly explanation: string;
    readonly raise: string;
    readonly boundPerSecond: number | null;
  };
  readonly reconciliation: {
    readonly sequences: readonly number[];
    readonly isBalanced: boolean;
    readonly assets: readonly {
      readonly asset: string;
      readonly free: string;
      readonly locked: string;
      readonly fees: string;
      readonly supply: string;
      readonly difference: string;
    }[];
  } | null;
}

export interface Market {
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly status: string;
  readonly tickSize: string;
  readonly stepSize: string;
  readonly makerFee: string;
  readonly takerFee: string;
  readonly bands: Readonly<Record<BandName, string | undefined>>;
}

export const BAND_NAMES = [
  "referencePrice",
  "bidMultiplierDown",
  "bidMultiplierUp",
  "askMultiplierDown",
  "askMultiplierUp",
] as const;
export type BandName = (typeof BAND_NAMES)[number];

export interface Asset {
  readonly name: string;
  readonly decimals: number;
}

export interface Account {
  readonly account: number;
  readonly name: string;
  readonly frozen: boolean;
}

export interface Balance {
  readonly asset: string;
  readonly free: string;
  readonly locked: string;
}

export interface AuditEntry {
  readonly number: number;
  readonly timeMs: number;
  readonly stage: "ASKED" | "DONE" | "REFUSED" | "UNKNOWN";
  readonly of: number | null;
  readonly who: string;
  readonly role: string;
  readonly from: string;
  readonly action: string;
  readonly detail: string;
  readonly reason: string;
  readonly sequence: number | null;
  readonly code: string | null;
}

export interface AuditCheck {
  readonly entries: number;
  readonly head: string;
  readonly problem: string | null;
}

/** What was done, and where it stands in the journal; undefined when it is no command of the journal. */
export interface Done<T> {
  readonly value: T;
  readonly sequence: number | undefined;
}

type SessionAnswer =
  | { readonly signedIn: false }
  | ({ readonly signedIn: true; readonly csrfToken: string } & Me);

export class ConsoleApi {
  /** The routes about signing in; it knows what shows the listener that a request comes from this page. */
  readonly account = new AccountApi();

  /** Who is signed in; undefined for nobody. */
  async me(): Promise<Me | undefined> {
    return this.#keep(await this.get<SessionAnswer>("/account/v1/session"));
  }

  /** Rejects with the code `CODE_NEEDED` when a one-time code is needed too. */
  async signIn(typed: Typed): Promise<Me> {
    const { value } = await this.post<SessionAnswer>("/account/v1/sign-in", typed);
    return this.#keep(value)!;
  }

  async signOut(): Promise<void> {
    await this.post("/account/v1/sign-out", {});
  }

  async get<T>(path: string): Promise<T> {
    return (await this.#send<T>("GET", path)).value;
  }

  post<T>(path: string, body: object): Promise<Done<T>> {
    return this.#send("POST", path, body);
  }

  #keep(answer: SessionAnswer): Me | undefined {
    if (!answer.signedIn) return undefined;
    this.account.csrfToken = answer.csrfToken;
    const { user, role, hasTotp } = answer;
    return { user, role, hasTotp };
  }

  async #send<T>(method: "GET" | "POST", path: string, body?: object): Promise<Done<T>> {
    const { csrfToken } = this.account;
    const { value, headers } = await siteRequest<T>(method, path, { csrfToken, body });
    const sequence = headers.get("journal-sequence");
    return { value, sequence: sequence === null ? undefined : Number(sequence) };
  }
}
