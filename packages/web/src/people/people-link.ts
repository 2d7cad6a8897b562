/** Who is signed in, as this page knows it: asked for when it loads, and again when something says otherwise. */
import type { Credentials } from "@buttonwood/client";
import { SiteRefusal } from "../parts/site-request.js";
import { Signal } from "../signal.js";
import { AccountApi } from "./account-api.js";
import { makePageKey } from "./page-key.js";
import type { Typed } from "./sign-in-fields.js";

export interface SessionInfo {
  readonly user: string;
  readonly accountName: string;
  readonly hasTotp: boolean;
  readonly csrfToken: string;
}

export type PeopleState =
  | { readonly kind: "asking" }
  /** This exchange knows no people, or can't be asked. */
  | { readonly kind: "absent" }
  | {
      readonly kind: "out";
      /** Whether one click signs in as the demo trader. */
      readonly demo: boolean;
    }
  | {
      readonly kind: "in";
      readonly session: SessionInfo;
      /** What this page signs with; undefined while it is made, or when it can't be. */
      readonly credentials: Credentials | undefined;
      readonly fault: string | undefined;
    };

type SessionAnswer =
  | { readonly signedIn: false; readonly demo: boolean }
  | ({ readonly signedIn: true } & SessionInfo);

/** A session is kept in use while somebody uses the page: looked at this often, in ms. */
const USE_MS = 60_000;
/** A key that is refused is made again, but not faster than this, in ms. */
const AGAIN_MS = 5_000;

/** What the forms need that are about signing in: on the terminal a {@link PeopleLink}, on the console another. */
export type SessionOwner = Pick<PeopleLink, "api" | "renewed" | "signOut">;

export class PeopleLink {
  readonly api = new AccountApi();
  readonly state = new Signal<PeopleState>({ kind: "asking" });
  #usedMs = 0;
  #keyMadeMs = Number.NEGATIVE_INFINITY;

  constructor() {
    void this.#ask();
    const use = (): void => {
      this.#usedMs = performance.now();
    };
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, use, { passive: true });
    setInterval(() => {
      if (this.state.value.kind === "in" && performance.now() - this.#usedMs < USE_MS) void this.#keepInUse();
    }, USE_MS);
  }

  /** Throws SiteRefusal, with `CODE_NEEDED` when a one-time code has to be sent too. */
  async signIn(typed: Typed): Promise<void> {
    await this.#enter(await this.api.call<SessionInfo>("POST", "sign-in", typed));
  }

  /** Throws SiteRefusal. */
  async signInAsDemo(): Promise<void> {
    await this.#enter(await this.api.call<SessionInfo>("POST", "demo-sign-in", {}));
  }

  /** Throws SiteRefusal. */
  async signOut(): Promise<void> {
    try {
      await this.api.call("POST", "sign-out", {});
    } catch (error) {
      if (!(error instanceof SiteRefusal && error.code === "NOT_SIGNED_IN")) throw error;
    }
    await this.#ask();
  }

  /** The session goes on with another token: after a change of the password or the second factor. */
  renewed(session: SessionInfo): void {
    const state = this.state.value;
    if (state.kind !== "in") return;
    this.api.csrfToken = session.csrfToken;
    this.state.set({ ...state, session });
  }

  /** The page's key is taken no more: the session has ended, or the key alone. */
  async keyRefused(): Promise<void> {
    await this.#keepInUse();
    if (this.state.value.kind !== "in") return;
    const waitMs = this.#keyMadeMs + AGAIN_MS - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (this.state.value.kind === "in") await this.#ask();
  }

  async #ask(): Promise<void> {
    try {
      const answer = await this.api.call<SessionAnswer>("GET", "session");
      if (answer.signedIn) await this.#enter(answer);
      else this.#leave(answer.demo);
    } catch (error) {
      if (!(error instanceof SiteRefusal)) throw error;
      this.state.set({ kind: "absent" });
    }
  }

  async #keepInUse(): Promise<void> {
    try {
      const answer = await this.api.call<SessionAnswer>("GET", "session");
      if (!answer.signedIn) this.#leave(answer.demo);
    } catch (error) {
      // It is asked again in a minute.
      if (!(error instanceof SiteRefusal)) throw error;
    }
  }

  #leave(demo: boolean): void {
    this.api.csrfToken = "";
    this.state.set({ kind: "out", demo });
  }

  async #enter(session: SessionInfo): Promise<void> {
    this.api.csrfToken = session.csrfToken;
    this.state.set({ kind: "in", session, credentials: undefined, fault: undefined });
    this.#keyMadeMs = performance.now();
    try {
      const credentials = await makePageKey(this.api);
      this.#whileIn(session, { credentials });
    } catch (error) {
      this.#whileIn(session, { fault: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Adds to the state, unless it is another one by now. */
  #whileIn(session: SessionInfo, more: { credentials?: Credentials; fault?: string }): void {
    const state = this.state.value;
    if (state.kind === "in" && state.session.csrfToken === session.csrfToken)
      this.state.set({ ...state, ...more });
  }
}
