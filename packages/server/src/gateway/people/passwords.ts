/**
 * Passwords, as Argon2id hashes. One takes a core for tens of milliseconds: it runs on a thread of its own, few at
 * once, and too many are refused, so that people who sign in never keep orders waiting.
 */
import { hash, type Options, verify } from "@node-rs/argon2";
import { PeopleRefusal } from "./people-errors.js";

/** What a hash costs: OWASP's least for Argon2id (19 MiB, two passes, one lane), as RFC 9106 has them. */
export interface HashCost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

export const HASH_COST: HashCost = { memoryKib: 19_456, passes: 2, lanes: 1 };

/** In Unicode characters. */
export const PASSWORD_MIN = 12;
export const PASSWORD_MAX = 128;

/** Hashes that are made at the same time: one core's worth, whoever asks. */
const AT_ONCE_MAX = 1;
/** Those that wait for it; on a slow machine about five seconds. */
const WAITING_MAX = 64;

export class PasswordHasher {
  readonly #cost: HashCost;
  /** What is checked where there is no user, so that it takes as long. */
  readonly #nobody: Promise<string>;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(cost = HASH_COST) {
    this.#cost = cost;
    this.#nobody = hash("nobody's password", this.#options());
    // Told to whoever awaits it.
    this.#nobody.catch(() => undefined);
  }

  /** The hash with its parameters, in PHC form. Throws {@link PeopleRefusal} when too many wait. */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(normal(password), this.#options()));
  }

  /** Whether a password is that of a hash; of undefined it is never, which takes as long. Throws as {@link hash}. */
  fits(passwordHash: string | undefined, password: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const fits = await verify(passwordHash ?? (await this.#nobody), normal(password));
      return fits && passwordHash !== undefined;
    });
  }

  /** Whether a hash was made at the cost that hashes have now; else it is to be made anew. */
  isCurrent(passwordHash: string): boolean {
    const { memoryKib, passes, lanes } = this.#cost;
    return passwordHash.startsWith(`$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$`);
  }

  /** Hashes that wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  #options(): Options {
    const { memoryKib, passes, lanes } = this.#cost;
    // Argon2id is the library's default; its name for it is an enumeration that exists in types only.
    return { memoryCost: memoryKib, timeCost: passes, parallelism: lanes };
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE_MAX) {
      if (this.#waiting.length >= WAITING_MAX) throw new PeopleRefusal("BUSY", "", 5);
      // Whoever ends hands its place on.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

/** Throws {@link PeopleRefusal} when a password is too short, too long, or the login. */
export function checkNewPassword(password: string, login: string): void {
  const length = [...normal(password)].length;
  if (length < PASSWORD_MIN) throw new PeopleRefusal("WEAK_PASSWORD", `it has ${length} characters`);
  if (length > PASSWORD_MAX) throw new PeopleRefusal("WEAK_PASSWORD", `it has ${length} characters`);
  if (normal(password).toLowerCase() === login) throw new PeopleRefusal("WEAK_PASSWORD", "it is the login");
}

/** The same password, whichever keyboard has composed its characters. */
function normal(password: string): string {
  return password.normalize("NFKC");
}
