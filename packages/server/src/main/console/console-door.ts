import { AdminError } from "../../gateway/admin/admin-error.js";
import type { ConsoleDoor } from "../../gateway/console/console-app.js";

/** Nobody can sign in. */
export function consoleDoor(): ConsoleDoor {
  return {
    addRoutes: () => undefined,
    sessionOf: async () => {
      throw new AdminError(401, "NOT_SIGNED_IN", "Nobody is signed in.", "Sign in, then send it again.");
    },
  };
}
