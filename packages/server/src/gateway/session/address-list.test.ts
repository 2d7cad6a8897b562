import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AddressList, countedAs, formatAddressRange, normalAddress } from "./address-list.js";

describe("lists of addresses", () => {
  for (const [ranges, inside, outside] of [
    [["203.0.113.7"], ["203.0.113.7"], ["203.0.113.8", "203.0.113.70", "::1"]],
    [["10.0.0.0/8"], ["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0"]],
    [["10.1.2.3/8"], ["10.200.0.1"], ["11.0.0.1"]],
    [["0.0.0.0/0"], ["1.2.3.4", "255.255.255.255"], ["2001:db8::1"]],
    [["2001:db8::7"], ["2001:db8::7", "2001:db8:0:0:0:0:0:7"], ["2001:db8::8"]],
    [["2001:db8::/32"], ["2001:db8::1", "2001:db8:ffff::"], ["2001:db9::", "10.0.0.1"]],
    [["::ffff:10.0.0.0/104"], ["10.4.0.1"], ["11.0.0.1"]],
    [
      ["192.168.0.0/16", "2001:db8::/64"],
      ["192.168.3.4", "2001:db8::5"],
      ["192.169.0.1", "2001:db8:0:1::"],
    ],
    [["203.0.113.7"], [], ["", "nonsense", "203.0.113.7/32", "203.0.113"]],
  ] as const) {
    it(ranges.join(" "), () => {
      const list = new AddressList(ranges);
      // Twice: the last answer is kept.
      for (const address of [...inside, ...inside]) assert.equal(list.has(address), true, address);
      for (const address of [...outside, ...outside]) assert.equal(list.has(address), false, address);
    });
  }

  it("write each range in one way", () => {
    for (const [text, normal] of [
      ["10.0.0.1", "10.0.0.1"],
      ["10.0.0.1/32", "10.0.0.1"],
      ["10.0.0.0/8", "10.0.0.0/8"],
      ["::ffff:10.0.0.1", "10.0.0.1"],
      ["::ffff:10.0.0.0/104", "10.0.0.0/8"],
      ["2001:db8::1/128", "2001:db8::1"],
      ["2001:db8::/32", "2001:db8::/32"],
    ] as const) {
      assert.equal(formatAddressRange(text), normal);
    }
  });

  it("refuse what is no address, and say why", () => {
    for (const [text, why] of [
      ["", /neither IPv4 nor IPv6/],
      ["localhost", /neither/],
      ["10.0.0", /neither/],
      ["10.0.0.256", /neither/],
      ["fe80::1%eth0", /neither/],
      ["10.0.0.0/", /from 0 to 32/],
      ["10.0.0.0/33", /from 0 to 32/],
      ["10.0.0.0/-1", /from 0 to 32/],
      ["10.0.0.0/8/8", /from 0 to 32/],
      ["2001:db8::/129", /from 0 to 128/],
      ["::ffff:10.0.0.0/95", /from 96 to 128/],
      [" 10.0.0.1", /neither/],
    ] as const) {
      assert.throws(() => formatAddressRange(text), { name: "RangeError", message: why }, text);
      assert.throws(() => new AddressList([text]), RangeError, text);
    }
  });

  it("count an IPv6 address as its network, however it is written", () => {
    for (const [address, counted] of [
      ["203.0.113.7", "203.0.113.7"],
      ["", ""],
      ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
      ["2001:0DB8:0001:0002::ffff", "2001:db8:1:2::/64"],
      ["2001:db8::1", "2001:db8:0:0::/64"],
      ["2001:db8:0:0:ffff::", "2001:db8:0:0::/64"],
      ["::1", "0:0:0:0::/64"],
      ["::", "0:0:0:0::/64"],
      ["1::", "1:0:0:0::/64"],
      ["64:ff9b::192.0.2.33", "64:ff9b:0:0::/64"],
    ] as const) {
      assert.equal(countedAs(address), counted, address);
    }
  });

  it("know an IPv4 address inside an IPv6 one", () => {
    assert.equal(normalAddress("::ffff:127.0.0.1"), "127.0.0.1");
    assert.equal(normalAddress("::FFFF:127.0.0.1"), "127.0.0.1");
    assert.equal(normalAddress("127.0.0.1"), "127.0.0.1");
    assert.equal(normalAddress("fe80::1%eth0"), "fe80::1");
    assert.equal(normalAddress("2001:db8::1"), "2001:db8::1");
    assert.equal(normalAddress(""), "");
  });
});
