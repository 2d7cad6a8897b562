/** Opening the terminal's page for a person who has just started the exchange. */

/** What tells whether somebody sits before a screen. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the output goes to a terminal. */
  readonly isTerminal: boolean;
}

/** Whether there is a person with a browser: not in a pipe, a build server, a container, or at the far end of SSH. */
export function hasBrowser({ platform, environment, isTerminal }: Surroundings): boolean {
  const has = (name: string): boolean => (environment[name] ?? "") !== "";
  if (!isTerminal || has("CI")) return false;
  if (platform === "darwin" || platform === "win32") return !has("SSH_CONNECTION");
  return has("DISPLAY") || has("WAYLAND_DISPLAY") || has("WSL_DISTRO_NAME");
}

/** Opens an address in the person's own browser. Resolves to false when that could not be done. */
export async function openBrowser(url: string): Promise<boolean> {
  try {
    const { default: open } = await import("open");
    const opener = await open(url);
    // It says so later when there is no such program.
    opener.on("error", () => {});
    return true;
  } catch {
    return false;
  }
}
