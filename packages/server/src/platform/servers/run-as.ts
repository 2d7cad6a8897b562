import { chownSync, lchownSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Whom to run a program as: spread it into the options of `spawn`. Empty = as this process. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * When this process is root, the server's own unprivileged user (postgres, redis, www-data): PostgreSQL refuses to
 * run as root, and the others should not. Else this process's user. Throws when the user does not exist.
 */
export function runAs(user: string): RunAs {
  if (process.getuid?.() !== 0) return {};
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((text) => text.startsWith(`${user}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (uid === undefined || gid === undefined) {
    throw new Error(
      `there is no user ${user} on this machine, and a server must not run as root. ` +
        `The server's Debian package makes the user; or start this as an ordinary user.`,
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}

/**
 * Makes a server's folder, for nobody but its user, and gives it all that lies in it. Throws when that user can't
 * reach it.
 */
export function makeServerFolder(folder: string, user: RunAs): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user.uid === undefined || user.gid === undefined) return;
  give(folder, user.uid, user.gid);
  for (let parent = dirname(resolve(folder)); ; parent = dirname(parent)) {
    const { mode, uid, gid } = statSync(parent);
    const enter = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & enter) === 0) {
      throw new Error(
        `the server's user (uid ${user.uid}) may not enter ${parent}, so it can't use ${folder}. ` +
          "Choose a folder it can reach, for example below /var/lib or /tmp, or start this as an ordinary user.",
      );
    }
    if (parent === dirname(parent)) return;
  }
}

function give(path: string, uid: number, gid: number): void {
  chownSync(path, uid, gid);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) give(inner, uid, gid);
    else lchownSync(inner, uid, gid);
  }
}
