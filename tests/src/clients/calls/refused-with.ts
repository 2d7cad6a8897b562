import assert from "node:assert/strict";

/** ccxt's own errors for codes that it leaves out of their text. */
const CCXT_NAMES: Readonly<Record<number, string>> = { [-2010]: "OrderImmediatelyFillable" };

/** The request is refused with this code, wherever a client puts it, and these words. */
export async function refusedWith(request: Promise<unknown>, code: number, words: RegExp): Promise<void> {
  await assert.rejects(request, (error: Error) => {
    const told = `${error.message} ${JSON.stringify(error)}`;
    assert.match(told, words);
    assert.ok(told.includes(String(code)) || error.name === CCXT_NAMES[code], told);
    return true;
  });
}
