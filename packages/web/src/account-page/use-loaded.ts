import { useCallback, useEffect, useState } from "react";
import { accountRefusal } from "../people/account-refusal.js";
import type { Refusal } from "../ticket/refusal-text.js";

export interface Loaded<T> {
  /** Undefined until it is there. */
  readonly value: T | undefined;
  readonly refusal: Refusal | undefined;
  /** Does something, tells when it was refused, and loads again. Answers whether it was done. */
  readonly act: (work: () => Promise<unknown>) => Promise<boolean>;
}

/** What a panel shows, loaded when it appears and after each thing that is done. `load` must stay the same function. */
export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T>();
  const [refusal, setRefusal] = useState<Refusal>();
  const reload = useCallback(async (): Promise<void> => {
    try {
      setValue(await load());
    } catch (error) {
      setRefusal(accountRefusal(error));
    }
  }, [load]);
  useEffect(() => void reload(), [reload]);
  const act = async (work: () => Promise<unknown>): Promise<boolean> => {
    setRefusal(undefined);
    try {
      await work();
    } catch (error) {
      setRefusal(accountRefusal(error));
      return false;
    }
    await reload();
    return true;
  };
  return { value, refusal, act };
}
