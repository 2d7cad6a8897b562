/** Which texts are kept: printable ASCII, of at most so many bytes. */
import { CLIENT_ID_BYTES_MAX } from "@buttonwood/protocol";

/** Without blanks: client order ids, cancel ids, symbols, asset names. */
export const isWord = (text: string, bytesMax: number): boolean =>
  text.length <= bytesMax && /^[\x21-\x7e]+$/.test(text);

/** With blanks: account names and payment references. */
export const isPhrase = (text: string): boolean =>
  text.length <= CLIENT_ID_BYTES_MAX && /^[\x20-\x7e]+$/.test(text);
