import {
  CLIENT_ID_WORDS,
  DIGEST_SEED_A,
  digestA,
  OrderBlock,
  WordBuffer,
  writeText,
} from "@buttonwood/protocol";

/** Order ids that share a block of the index over client order ids, as a power of two; the schema says 18 too. */
export const CLIENT_BLOCK_BITS = 18;

/** Hash of an account's client order id, over an order event at a word. */
export function clientHashAt(buffer: WordBuffer, at: number, account: number): number {
  let hash = digestA(DIGEST_SEED_A, account);
  for (let i = 0; i < CLIENT_ID_WORDS; i++) hash = digestA(hash, buffer.i32[at + OrderBlock.ID + i]!);
  return hash >>> 0;
}

/** The same from text; undefined when no order can have such an id. */
export function clientHash(account: number, clientOrderId: string): number | undefined {
  const words = new WordBuffer(64);
  words.reserve(OrderBlock.END);
  try {
    writeText(words, OrderBlock.ID, CLIENT_ID_WORDS, clientOrderId);
  } catch {
    return undefined;
  }
  return clientHashAt(words, 0, account);
}
