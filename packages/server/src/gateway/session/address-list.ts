/** Addresses and ranges of addresses, as a key's list of them holds. */
import { BlockList, isIP } from "node:net";

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** Bits before the IPv4 address that an IPv6 address holds. */
const MAPPED_BITS = 96;

/** An address in one spelling: IPv4 inside IPv6 becomes IPv4, and the interface that it was heard on goes. */
export function normalAddress(address: string): string {
  if (!address.includes(":")) return address;
  const zone = address.indexOf("%");
  const plain = zone < 0 ? address : address.slice(0, zone);
  return MAPPED.exec(plain)?.[1] ?? plain;
}

/** Bits of an IPv6 address that its network has given: whoever has them has all addresses behind them. */
const NETWORK_GROUPS = 4;

/**
 * Whom an address, as {@link normalAddress} writes it, is counted as: an IPv4 address as itself, an IPv6 address as its
 * network of 64 bits, in one spelling.
 */
export function countedAs(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const last = tail === "" ? [] : tail.split(":");
    // An IPv4 address at the end stands for two groups.
    const lastCount = last.length + (tail.includes(".") ? 1 : 0);
    for (let missing = 8 - groups.length - lastCount; missing > 0; missing--) groups.push("0");
    groups.push(...last);
  }
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => group.replace(/^0+(?=.)/, "").toLowerCase());
  return `${network.join(":")}::/64`;
}

interface AddressRange {
  readonly address: string;
  readonly family: "ipv4" | "ipv6";
  readonly bits: number;
}

/** Reads `ADDRESS` or `ADDRESS/BITS`. Throws RangeError, which says what is wrong. */
function parseRange(text: string): AddressRange {
  const wrong = (why: string): RangeError =>
    new RangeError(
      `"${text}" is no address: ${why}. Write an address like 203.0.113.7 or 2001:db8::7, or a range like 203.0.113.0/24.`,
    );
  const slash = text.indexOf("/");
  const written = slash < 0 ? text : text.slice(0, slash);
  if (isIP(written) === 0 || written.includes("%")) throw wrong("it is neither IPv4 nor IPv6");
  const address = normalAddress(written);
  const family = isIP(address) === 4 ? "ipv4" : "ipv6";
  const bitsMax = family === "ipv4" ? 32 : 128;
  if (slash < 0) return { address, family, bits: bitsMax };
  const bitsText = text.slice(slash + 1);
  const before = address === written ? 0 : MAPPED_BITS;
  const bits = /^\d{1,3}$/.test(bitsText) ? Number(bitsText) - before : -1;
  if (bits < 0 || bits > bitsMax) {
    throw wrong(`/${bitsText} must be a number of bits from ${before} to ${before + bitsMax}`);
  }
  return { address, family, bits };
}

/** A range in one spelling: `10.0.0.0/8`, or the address alone when it is one. Throws RangeError. */
export function formatAddressRange(text: string): string {
  const { address, family, bits } = parseRange(text);
  return bits === (family === "ipv4" ? 32 : 128) ? address : `${address}/${bits}`;
}

/** A list of ranges to look addresses up in. */
export class AddressList {
  readonly #ranges = new BlockList();
  /** A client asks again and again from one address. */
  #asked = "";
  #answer = false;

  /** Throws RangeError when one is none. */
  constructor(ranges: readonly string[]) {
    for (const text of ranges) {
      const { address, family, bits } = parseRange(text);
      this.#ranges.addSubnet(address, bits, family);
    }
  }

  /** Whether an address, as {@link normalAddress} writes it, lies in one of the ranges; anything else does not. */
  has(address: string): boolean {
    if (address !== this.#asked) {
      const family = isIP(address);
      this.#answer = family !== 0 && this.#ranges.check(address, family === 4 ? "ipv4" : "ipv6");
      this.#asked = address;
    }
    return this.#answer;
  }
}
