/** People who sign in: what they, and operators about them, may do. */
import type { KeyObject } from "node:crypto";
import type { Logger } from "pino";
import type { Clock } from "../../platform/clock.js";
import type { Timers } from "../../platform/timers.js";
import { countedAs } from "../session/address-list.js";
import type { KeyStore } from "../session/key-store.js";
import { AttemptThrottle } from "./attempt-throttle.js";
import { checkNewPassword, HASH_COST, PasswordHasher } from "./passwords.js";
import { PeopleRefusal } from "./people-errors.js";
import { LOGIN_PATTERN, NO_ACCOUNT, type PeopleStore, Role, type User } from "./people-store.js";
import { SecondFactor, type TotpSetup } from "./second-factor.js";
import { type OpenedSession, type Session, Sessions } from "./sessions.js";

export interface PeopleParts {
  readonly store: PeopleStore;
  readonly keys: KeyStore;
  /** What one-time secrets are encrypted with. */
  readonly master: KeyObject;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** What a password's hash costs; by default as it should. */
  readonly hashCost?: typeof HASH_COST;
}

/** Where somebody is who signs in. */
export interface Visitor {
  /** As `normalAddress` writes it. */
  readonly address: string;
  /** What the browser calls itself. */
  readonly agent: string;
}

export interface SignInRequest {
  readonly login: string;
  readonly password: string;
  /** Of the second factor, where there is one. */
  readonly code?: string | undefined;
}

export interface NewUser {
  readonly login: string;
  readonly role: Role;
  /** Of a trader; the others have none. */
  readonly account?: number;
  readonly password: string;
  readonly isDemo?: boolean;
}

const ISSUER = "Buttonwood";
const LOGIN = new RegExp(LOGIN_PATTERN);

export class People {
  readonly sessions: Sessions;
  readonly #store: PeopleStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #hasher: PasswordHasher;
  readonly #throttle: AttemptThrottle;
  readonly #secondFactor: SecondFactor;

  constructor(parts: PeopleParts) {
    const { store, keys, master, clock, timers, logger } = parts;
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
    this.#hasher = new PasswordHasher(parts.hashCost ?? HASH_COST);
    this.#throttle = new AttemptThrottle(clock);
    this.#secondFactor = new SecondFactor({ store, master, clock, issuer: ISSUER });
    this.sessions = new Sessions({ store, keys, clock, timers, onNotice: (text) => logger.warn(text) });
  }

  /**
   * Opens a session of a user of one of the roles. Throws PeopleRefusal: for an unknown login, one of another role, one
   * that is disabled and a wrong password the same, and after the same time.
   */
  async signIn(request: SignInRequest, visitor: Visitor, roles: readonly Role[]): Promise<OpenedSession> {
    const login = request.login.toLowerCase();
    // A database refuses to look some texts up that nobody is called.
    const found = LOGIN.test(login) ? await this.#store.find(login) : undefined;
    const user = found !== undefined && !found.isDisabled && roles.includes(found.role) ? found : undefined;
    // What is tried where its user can't sign in must not lock them out where they can.
    const counted = user === undefined ? `nobody ${login}` : login;
    await this.#attempt(counted, placeOf(visitor, roles.includes(Role.TRADER)), async (callOff) => {
      if (!(await this.#hasher.fits(user?.passwordHash, request.password)) || user === undefined) {
        // Of an unknown login nothing is written down: it may be a password in the wrong field.
        if (found !== undefined) {
          this.#logger.warn({ user: login, address: visitor.address }, "a sign-in was refused");
        }
        throw new PeopleRefusal("WRONG_CREDENTIALS");
      }
      if (user.totp === null) return;
      if (request.code === undefined) {
        // Not a wrong attempt: the page asks for the code next.
        callOff();
        throw new PeopleRefusal("CODE_NEEDED");
      }
      if (await this.#secondFactor.take(user, request.code)) return;
      this.#logger.warn({ user: login, address: visitor.address }, "a one-time code was refused");
      throw new PeopleRefusal("WRONG_CODE");
    });
    const isCurrent = this.#hasher.isCurrent(user!.passwordHash);
    const passwordHash = isCurrent ? undefined : await this.#hasher.hash(request.password);
    const opened = await this.#openUnchanged(user!, visitor);
    if (passwordHash !== undefined) await this.#store.edit(login, { passwordHash }, user!.passwordHash);
    return opened;
  }

  /** Opens a session of the first demo user, without a password. Throws PeopleRefusal when there is none. */
  async signInAsDemo(visitor: Visitor): Promise<OpenedSession> {
    const user = await this.#demoUser();
    if (user === undefined) throw new PeopleRefusal("NO_DEMO");
    return this.#open(user, visitor);
  }

  async hasDemoUser(): Promise<boolean> {
    return (await this.#demoUser()) !== undefined;
  }

  /** Sets another password, ends the user's other sessions, and answers this one's token from now on. */
  async changePassword(session: Session, present: string, next: string, visitor: Visitor): Promise<string> {
    checkNewPassword(next, session.user);
    const checked = await this.#checkPassword(session, present, visitor);
    if (present === next) throw new PeopleRefusal("WEAK_PASSWORD", "it is the present one");
    const passwordHash = await this.#hasher.hash(next);
    // An operator may have set one meanwhile, against whoever knows the former one.
    const changes = { passwordHash, isDemo: false };
    if (!(await this.#store.edit(session.user, changes, checked.passwordHash))) {
      throw new PeopleRefusal("WRONG_PASSWORD");
    }
    return this.#rightsChanged(session);
  }

  async beginTotp(session: Session, password: string, visitor: Visitor): Promise<TotpSetup> {
    if (session.hasTotp) throw new PeopleRefusal("TOTP_IS_ON");
    await this.#checkPassword(session, password, visitor);
    return this.#secondFactor.begin(session.user);
  }

  async confirmTotp(
    session: Session,
    setup: string,
    code: string,
    visitor: Visitor,
  ): Promise<{ readonly token: string; readonly recoveryCodes: readonly string[] }> {
    const user = await this.#userOf(session);
    let recoveryCodes: readonly string[] = [];
    await this.#attempt(session.user, placeOf(visitor, session.role === Role.TRADER), async () => {
      recoveryCodes = await this.#secondFactor.confirm(user, setup, code);
    });
    await this.#store.edit(session.user, { isDemo: false });
    return { token: await this.#rightsChanged(session), recoveryCodes };
  }

  async endTotp(session: Session, password: string, visitor: Visitor): Promise<string> {
    if (!session.hasTotp) throw new PeopleRefusal("TOTP_IS_OFF");
    await this.#checkPassword(session, password, visitor);
    await this.#store.edit(session.user, { totp: null });
    return this.#rightsChanged(session);
  }

  list(): Promise<readonly User[]> {
    return this.#store.list();
  }

  find(login: string): Promise<User | undefined> {
    return this.#store.find(login);
  }

  /** An operator's: makes a user. Undefined when the login is taken. Throws PeopleRefusal for a weak password. */
  async create(user: NewUser): Promise<User | undefined> {
    checkNewPassword(user.password, user.login);
    const made: User = {
      login: user.login,
      role: user.role,
      account: user.role === Role.TRADER ? (user.account ?? NO_ACCOUNT) : NO_ACCOUNT,
      passwordHash: await this.#hasher.hash(user.password),
      totp: null,
      isDisabled: false,
      isDemo: user.isDemo ?? false,
      createdUs: this.#clock.nowUs(),
    };
    return (await this.#store.create(made)) ? made : undefined;
  }

  /** An operator's: sets a password and ends all sessions. False when there is no such user. */
  async setPassword(login: string, password: string): Promise<boolean> {
    checkNewPassword(password, login);
    const passwordHash = await this.#hasher.hash(password);
    return this.#operatorEdit(login, { passwordHash, isDemo: false });
  }

  /** An operator's: lets a user sign in no more, and ends all sessions; or lets them again. */
  setDisabled(login: string, isDisabled: boolean): Promise<boolean> {
    return this.#operatorEdit(login, { isDisabled });
  }

  /** An operator's: asks for no codes any more, and ends all sessions. */
  resetTotp(login: string): Promise<boolean> {
    return this.#operatorEdit(login, { totp: null });
  }

  async close(): Promise<void> {
    this.sessions.close();
    await this.#store.close();
  }

  async #operatorEdit(login: string, changes: Parameters<PeopleStore["edit"]>[1]): Promise<boolean> {
    const isThere = await this.#store.edit(login, changes);
    if (isThere) await this.sessions.endAll(login);
    return isThere;
  }

  async #open(user: User, visitor: Visitor): Promise<OpenedSession> {
    const opened = await this.sessions.open(user, visitor.address, visitor.agent);
    this.#logger.info(
      { user: user.login, session: opened.session.id, address: visitor.address },
      "signed in",
    );
    return opened;
  }

  /**
   * Opens a session unless what let its user in was changed meanwhile: who changes it ends the sessions that there are,
   * and this one may be opened after that.
   */
  async #openUnchanged(user: User, visitor: Visitor): Promise<OpenedSession> {
    const opened = await this.#open(user, visitor);
    const present = await this.#store.find(user.login);
    const isUnchanged =
      present?.passwordHash === user.passwordHash &&
      present.totp?.sealedSecret === user.totp?.sealedSecret &&
      !present.isDisabled;
    if (isUnchanged) return opened;
    await this.sessions.end(opened.session.id);
    throw new PeopleRefusal("WRONG_CREDENTIALS");
  }

  async #demoUser(): Promise<User | undefined> {
    return (await this.#store.list()).find(
      ({ isDemo, isDisabled, role, totp }) => isDemo && !isDisabled && role === Role.TRADER && totp === null,
    );
  }

  async #userOf({ user }: Session): Promise<User> {
    const found = await this.#store.find(user);
    if (found === undefined) throw new PeopleRefusal("NOT_SIGNED_IN");
    return found;
  }

  async #checkPassword(session: Session, password: string, visitor: Visitor): Promise<User> {
    const user = await this.#userOf(session);
    await this.#attempt(user.login, placeOf(visitor, session.role === Role.TRADER), async () => {
      if (!(await this.#hasher.fits(user.passwordHash, password))) throw new PeopleRefusal("WRONG_PASSWORD");
    });
    return user;
  }

  /** Others may have had the rights before: their sessions end, and this one gets a token that none of them knows. */
  async #rightsChanged({ id, user }: Session): Promise<string> {
    await this.sessions.endAll(user, id);
    return this.sessions.renew(id);
  }

  /** Runs an attempt that counts as failed until it resolves, or is called off. */
  async #attempt(login: string, source: string, work: (callOff: () => void) => Promise<void>): Promise<void> {
    this.#throttle.begin(login, source);
    try {
      await work(() => this.#throttle.calledOff(login, source));
      this.#throttle.succeeded(login, source);
    } catch (error) {
      // What was not looked at is nobody's failure.
      const isLookedAt = error instanceof PeopleRefusal && error.code !== "BUSY";
      if (!isLookedAt) this.#throttle.calledOff(login, source);
      throw error;
    }
  }
}

/** Whom an attempt is counted against beside its login: clients behind the operators' proxy don't slow those down. */
function placeOf({ address }: Visitor, isTrader: boolean): string {
  return `${isTrader ? "" : "console "}${countedAs(address)}`;
}
