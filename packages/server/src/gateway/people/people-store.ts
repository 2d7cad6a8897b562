/** The people who sign in, and their sessions: what is kept of them. */

/** What somebody who signs in may do. Each listener takes some of them; to the others their holders are nobody. */
export const Role = {
  /** Trades with one account, on the public listener. */
  TRADER: "TRADER",
  /** Looks at the exchange, on the operator's listener. */
  OBSERVER: "OBSERVER",
  /** Looks at the exchange and acts on it, on the operator's listener. */
  OPERATOR: "OPERATOR",
} as const;
export type Role = (typeof Role)[keyof typeof Role];

/** The account of somebody who trades with none. */
export const NO_ACCOUNT = 0;

/** Before any code was taken. */
export const NO_STEP = -1;

/** A second factor: one-time codes by the time (RFC 6238). */
export interface StoredTotp {
  /** The secret, as `seal` writes it. */
  readonly sealedSecret: string;
  /** The last step of 30 s since 1970 of which a code was taken; a code of it or an earlier one is taken no more. */
  readonly lastStep: number;
  /** Of the recovery codes that are left. */
  readonly recoveryHashes: readonly string[];
}

export interface User {
  /** 1 to 64 characters: see `LOGIN_PATTERN`. */
  readonly login: string;
  readonly role: Role;
  /** {@link NO_ACCOUNT} unless a trader. */
  readonly account: number;
  /** Argon2id in PHC form, with its parameters. */
  readonly passwordHash: string;
  readonly totp: StoredTotp | null;
  /** May not sign in. */
  readonly isDisabled: boolean;
  /** Made by a first start with a password that nobody chose: where the venue is a demo, anybody signs in as them. */
  readonly isDemo: boolean;
  /** µs since 1970. */
  readonly createdUs: number;
}

/** Lower case, so that no two logins look the same but for their case. */
export const LOGIN_PATTERN = "^[a-z0-9][a-z0-9._@+-]{0,63}$";

/** What may be changed of a user. */
export type UserChanges = Partial<Pick<User, "passwordHash" | "totp" | "isDisabled" | "isDemo">>;

export interface StoredSession {
  /** Names it to its owner; 22 characters. Not a secret. */
  readonly id: string;
  /** SHA-256 of the token in the cookie, base64url. */
  readonly tokenHash: string;
  readonly login: string;
  /** Times in µs since 1970. */
  readonly createdUs: number;
  /** When it was last used, to the minute. */
  readonly usedUs: number;
  /** From when on it is none, however much it is used. */
  readonly endsUs: number;
  /** Where it was opened from. */
  readonly address: string;
  /** What its browser calls itself. */
  readonly agent: string;
}

/** Both survive a restart. What it answers is as of the last change that any gateway has made. */
export interface PeopleStore {
  find(login: string): Promise<User | undefined>;
  /** In the order of their logins. */
  list(): Promise<readonly User[]>;
  /** False when the login is taken. */
  create(user: User): Promise<boolean>;
  /** False when there is no such user, or when `presentHash` is given and is not their password's hash any more. */
  edit(login: string, changes: UserChanges, presentHash?: string): Promise<boolean>;
  /** Takes a step's code: true once, for one that asks first, and for no step up to the last one that was taken. */
  takeTotpStep(login: string, step: number): Promise<boolean>;
  /** Takes a recovery code: true once. */
  takeRecoveryCode(login: string, hash: string): Promise<boolean>;

  openSession(session: StoredSession): Promise<void>;
  findSession(tokenHash: string): Promise<StoredSession | undefined>;
  /** In the order in which they were opened. */
  sessions(): Promise<readonly StoredSession[]>;
  /** False when it has ended. */
  editSession(id: string, changes: Partial<Pick<StoredSession, "tokenHash" | "usedUs">>): Promise<boolean>;
  /** False when it had ended before. */
  endSession(id: string): Promise<boolean>;
  close(): Promise<void>;
}
