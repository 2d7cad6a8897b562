/** Which exchange the examples use: the one of `npm start`, unless EXCHANGE and KEYS say otherwise. */
import { readFile } from "node:fs/promises";

export const url = process.env.EXCHANGE ?? "http://127.0.0.1:8080";

/** Keys of the demo accounts `alice` and `bob`, each `{ apiKey, secretKey }`. */
export const keys = JSON.parse(await readFile(process.env.KEYS ?? "data/demo-keys.json", "utf8"));
