import { useCallback, useEffect, useRef, useState } from "react";
import { SiteRefusal } from "../parts/site-request.js";
import type { ConsoleApi } from "./console-api.js";

export interface Polled<T> {
  /** The last answer; undefined before the first. */
  readonly value: T | undefined;
  /** Why it is not live at the moment. */
  readonly refusal: SiteRefusal | undefined;
  /** Asks now. */
  readonly refresh: () => void;
}

/** Asks again and again, `everyMs` after each answer; not at all in a hidden tab. What it asks starts anew with the path. */
export function usePolled<T>(
  api: ConsoleApi,
  path: string,
  everyMs: number,
  onSignedOut: () => void,
): Polled<T> {
  const [answer, setAnswer] = useState<{ readonly path: string; readonly value: T }>();
  const [refusal, setRefusal] = useState<SiteRefusal>();
  const ask = useRef<() => void>(() => {});
  const signedOut = useRef(onSignedOut);
  signedOut.current = onSignedOut;
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asked = 0;
    const run = async (): Promise<void> => {
      clearTimeout(timer);
      if (document.hidden) return;
      const number = ++asked;
      try {
        const value = await api.get<T>(path);
        // An answer to an earlier question is older than what was done meanwhile.
        if (isOver || number !== asked) return;
        setAnswer({ path, value });
        setRefusal(undefined);
      } catch (error) {
        if (!(error instanceof SiteRefusal)) throw error;
        if (isOver || number !== asked) return;
        if (error.status === 401) signedOut.current();
        setRefusal(error);
      }
      timer = setTimeout(() => void run(), everyMs);
    };
    ask.current = () => void run();
    const onShown = (): void => {
      if (!document.hidden) void run();
    };
    document.addEventListener("visibilitychange", onShown);
    void run();
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onShown);
    };
  }, [api, path, everyMs]);
  const refresh = useCallback(() => ask.current(), []);
  return { value: answer?.path === path ? answer.value : undefined, refusal, refresh };
}
