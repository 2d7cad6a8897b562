/** The people who sign in at an exchange of one process. */
import type { KeyObject } from "node:crypto";
import { join } from "node:path";
import { openFilePeopleStore } from "../gateway/people/file-people-store.js";
import { People } from "../gateway/people/people.js";
import { readMasterKey } from "../gateway/session/key-sealing.js";
import type { KeyStore } from "../gateway/session/key-store.js";
import { systemClock } from "../platform/clock.js";
import type { Logger } from "../platform/logging.js";
import { systemTimers } from "../platform/timers.js";

/** As the key store names it. */
const MASTER_NAME = "keys.secret";

/** Opens the people of a data folder, after its keys. Rejects with KeyFileError. */
export async function openFilePeople(dataFolder: string, keys: KeyStore, logger: Logger): Promise<People> {
  return new People({
    store: await openFilePeopleStore(dataFolder),
    keys,
    master: await readKnownMaster(join(dataFolder, MASTER_NAME)),
    clock: systemClock,
    timers: systemTimers,
    logger,
  });
}

/** The master key that the keys were opened with. Rejects with KeyFileError when it is gone since. */
export function readKnownMaster(path: string): Promise<KeyObject> {
  return readMasterKey(path, {
    mayMake: false,
    advice: "though the keys were opened with it a moment ago. Restore it from a backup.",
  });
}
