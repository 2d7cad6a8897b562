import { CONSOLE_ROLES, type ConsoleDoor, type ConsoleRole } from "../../gateway/console/console-app.js";
import type { People } from "../../gateway/people/people.js";
import { CookieName, securelyBehind } from "../../gateway/people/session-cookie.js";
import { addSignInRoutes, type SignIn } from "../../gateway/people/sign-in-routes.js";
import { connectedAddress } from "../../gateway/session/client-address.js";
import type { KeyStore } from "../../gateway/session/key-store.js";
import { systemClock } from "../../platform/clock.js";
import type { Logger } from "../../platform/logging.js";

/** Lets observers and operators in, by the people and sessions of the venue: to the console, everybody else is nobody. */
export function consoleDoor(people: People, keys: KeyStore, logger: Logger): ConsoleDoor {
  let signIn: SignIn | undefined;
  return {
    addRoutes(app) {
      signIn = addSignInRoutes(app, {
        people,
        keys,
        clock: systemClock,
        logger,
        roles: CONSOLE_ROLES,
        cookieName: CookieName.OPERATORS,
        addressOf: connectedAddress,
        // A proxy with TLS on this machine says so.
        isSecure: securelyBehind([]),
      });
    },
    async sessionOf(request) {
      const { user, role } = await signIn!.requireSession(request, CONSOLE_ROLES);
      return { user, role: role as ConsoleRole };
    },
  };
}
