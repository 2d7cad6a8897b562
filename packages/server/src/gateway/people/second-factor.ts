/** One-time codes by the time (RFC 6238), as authenticator apps show them, and recovery codes for who has lost theirs. */
import { createHash, type KeyObject, randomBytes } from "node:crypto";
import { Secret, TOTP } from "otpauth";
import type { Clock } from "../../platform/clock.js";
import { seal, unseal } from "../session/sealing.js";
import { PeopleRefusal } from "./people-errors.js";
import type { PeopleStore, StoredTotp, User } from "./people-store.js";

/** What authenticator apps take for granted. */
const STEP_SECONDS = 30;
const DIGITS = 6;
const ALGORITHM = "SHA1";
/** Steps that a clock may be off, either way. */
const STEPS_OFF_MAX = 1;
/** As RFC 4226 recommends. */
const SECRET_BYTES = 20;

const RECOVERY_CODES = 10;
const RECOVERY_BYTES = 10;
/** How long a set-up may take. */
const SETUP_US = 900_000_000;

const CODE = /^\d{6}$/;

/** What somebody needs to set their authenticator up, until it is confirmed by a first code. */
export interface TotpSetup {
  /** Base32, to be typed. */
  readonly secret: string;
  /** To be shown as a QR code. */
  readonly uri: string;
  /** To be sent back with the first code: the secret, sealed for this user. */
  readonly setup: string;
}

export interface SecondFactorParts {
  readonly store: PeopleStore;
  readonly master: KeyObject;
  readonly clock: Clock;
  /** The venue's name, as authenticators show it. */
  readonly issuer: string;
}

export class SecondFactor {
  readonly #parts: SecondFactorParts;

  constructor(parts: SecondFactorParts) {
    this.#parts = parts;
  }

  /** A fresh secret. Nothing is kept of it until it is confirmed, so that an abandoned set-up locks nobody out. */
  begin(login: string): TotpSetup {
    const secret = new Secret({ size: SECRET_BYTES });
    const totp = this.#totp(login, secret);
    const { master, clock } = this.#parts;
    const setup = seal(master, setupContext(login), `${clock.nowUs() + SETUP_US} ${secret.base32}`);
    return { secret: secret.base32, uri: totp.toString(), setup };
  }

  /** Turns it on with a first code, and answers the recovery codes, this once. Throws {@link PeopleRefusal}. */
  async confirm(user: User, setup: string, code: string): Promise<readonly string[]> {
    const { store, master, clock } = this.#parts;
    if (user.totp !== null) throw new PeopleRefusal("TOTP_IS_ON");
    const [endsUs, secret] = (unseal(master, setupContext(user.login), setup) ?? "").split(" ");
    if (secret === undefined || Number(endsUs) <= clock.nowUs()) throw new PeopleRefusal("SETUP_ENDED");
    const step = this.#stepOf(user.login, secret, code);
    if (step === undefined) throw new PeopleRefusal("WRONG_CODE");
    const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
    const totp: StoredTotp = {
      sealedSecret: seal(master, secretContext(user.login), secret),
      lastStep: step,
      recoveryHashes: codes.map((recovery) => recoveryHash(user.login, recovery)),
    };
    await store.edit(user.login, { totp });
    return codes;
  }

  /** Takes a code of an authenticator, or a recovery code; true once for each. */
  async take({ login, totp }: User, code: string): Promise<boolean> {
    if (totp === null) return true;
    const { store, master } = this.#parts;
    const text = code.replace(/[\s-]/g, "").toUpperCase();
    if (!CODE.test(text)) return store.takeRecoveryCode(login, recoveryHash(login, text));
    const secret = unseal(master, secretContext(login), totp.sealedSecret);
    if (secret === undefined) {
      throw new Error(
        `the one-time secret of ${login} can't be decrypted: it was changed, or the master key is another one; ` +
          `\`buttonwood users reset-totp ${login}\` lets them sign in without`,
      );
    }
    const step = this.#stepOf(login, secret, text);
    return step !== undefined && store.takeTotpStep(login, step);
  }

  #stepOf(login: string, secret: string, code: string): number | undefined {
    const nowMs = Math.floor(this.#parts.clock.nowUs() / 1000);
    const text = code.replace(/\s/g, "");
    if (!CODE.test(text)) return undefined;
    const totp = this.#totp(login, Secret.fromBase32(secret));
    const off = totp.validate({ token: text, timestamp: nowMs, window: STEPS_OFF_MAX });
    return off === null ? undefined : Math.floor(nowMs / 1000 / STEP_SECONDS) + off;
  }

  #totp(label: string, secret: Secret): TOTP {
    const { issuer } = this.#parts;
    return new TOTP({ issuer, label, algorithm: ALGORITHM, digits: DIGITS, period: STEP_SECONDS, secret });
  }
}

function setupContext(login: string): string {
  return `totp set-up of ${login}`;
}

function secretContext(login: string): string {
  return `totp of ${login}`;
}

/** 16 letters and digits that nobody takes for others, in fours; 80 bits. */
function newRecoveryCode(): string {
  const text = new Secret({ buffer: new Uint8Array(randomBytes(RECOVERY_BYTES)).buffer }).base32;
  return text.match(/.{4}/g)!.join("-");
}

/** They are random, so a fast hash keeps them. */
function recoveryHash(login: string, code: string): string {
  return createHash("sha256")
    .update(`${login} ${code.replaceAll("-", "")}`)
    .digest("base64url");
}
