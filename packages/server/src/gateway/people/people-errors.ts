/**
 * Every refusal of the routes under `/account/v1`, in this one list: what happened, what to do. Pages match on the
 * names, so they don't change. `docs/reference/people.md` holds the same table, and a test keeps them equal.
 */

export interface PeopleError {
  /** HTTP status. */
  readonly status: number;
  /** `%s` stands for what is filled in. */
  readonly message: string;
  readonly hint: string;
}

export const PeopleErrors = {
  INVALID_REQUEST: {
    status: 400,
    message: "The request does not fit: %s.",
    hint: "Correct it and send again.",
  },
  WEAK_PASSWORD: {
    status: 400,
    message: "The new password is not taken: %s.",
    hint: "Choose one of 12 to 128 characters that is not the login and not the present one.",
  },
  SETUP_ENDED: {
    status: 400,
    message: "This set-up of one-time codes is over, or of another session.",
    hint: "Begin it again.",
  },
  NOT_SIGNED_IN: {
    status: 401,
    message: "Nobody is signed in.",
    hint: "Sign in, then send it again.",
  },
  WRONG_CREDENTIALS: {
    status: 401,
    message: "Login or password is wrong, or the user may not sign in here.",
    hint: "Type both again; an operator can set a new password.",
  },
  CODE_NEEDED: {
    status: 401,
    message: "A one-time code is needed too.",
    hint: "Send the code that the authenticator shows, or a recovery code.",
  },
  WRONG_CODE: {
    status: 401,
    message: "The one-time code is wrong, or was used before.",
    hint: "Wait for the next code; see that the authenticator's clock is right.",
  },
  FOREIGN_ORIGIN: {
    status: 403,
    message: "The request comes from another site's page.",
    hint: "Use this exchange's own page.",
  },
  WRONG_CSRF_TOKEN: {
    status: 403,
    message: "The header X-CSRF-Token is missing, or not this session's.",
    hint: "Load the page again.",
  },
  WRONG_PASSWORD: {
    status: 403,
    message: "The present password is wrong.",
    hint: "Type it again. Nothing was changed.",
  },
  NOT_ALLOWED: {
    status: 403,
    message: "This user's role may not do that.",
    hint: "Sign in as somebody who may.",
  },
  UNKNOWN_SESSION: {
    status: 404,
    message: "There is no such session.",
    hint: "GET /account/v1/sessions lists them.",
  },
  UNKNOWN_KEY: {
    status: 404,
    message: "This account has no such key.",
    hint: "GET /account/v1/keys lists them.",
  },
  NO_DEMO: {
    status: 404,
    message: "This venue has no demo trader.",
    hint: "Sign in with login and password.",
  },
  TOTP_IS_ON: {
    status: 409,
    message: "One-time codes are asked for already.",
    hint: "Turn them off first.",
  },
  TOTP_IS_OFF: {
    status: 409,
    message: "One-time codes are not asked for.",
    hint: "There is nothing to turn off.",
  },
  TOO_MANY_KEYS: {
    status: 409,
    message: "The account has as many keys as it may: %s.",
    hint: "Revoke one that is not used.",
  },
  TOO_MANY_ATTEMPTS: {
    status: 429,
    message: "Too many attempts; the next one is looked at in %s s.",
    hint: "Wait as long as Retry-After says: each further attempt doubles it.",
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    message: "The address has sent too many requests.",
    hint: "Wait as long as Retry-After says.",
  },
  INTERNAL: {
    status: 500,
    message: "The exchange failed.",
    hint: "Try again; its log tells more.",
  },
  BUSY: {
    status: 503,
    message: "Too many people are signing in at this moment; nothing was checked.",
    hint: "Try again in a few seconds.",
  },
} as const satisfies Record<string, PeopleError>;
export type PeopleErrorName = keyof typeof PeopleErrors;

/** A refusal on its way to a page. */
export class PeopleRefusal extends Error {
  override readonly name = "PeopleRefusal";
  readonly code: PeopleErrorName;
  readonly status: number;
  /** Whole seconds until it may be tried again; undefined when that is not a matter of time. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: PeopleErrorName, fill = "", retryAfterSeconds?: number) {
    const entry: PeopleError = PeopleErrors[code];
    super(entry.message.replace("%s", () => fill));
    this.code = code;
    this.status = entry.status;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get body(): { readonly error: { readonly code: string; readonly message: string; readonly hint: string } } {
    return { error: { code: this.code, message: this.message, hint: PeopleErrors[this.code].hint } };
  }
}
