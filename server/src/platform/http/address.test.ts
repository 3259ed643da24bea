import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { createAddressResolver, subscriberOf } from "./address.ts";

function from(remoteAddress: string, forwardedFor?: string): IncomingMessage {
  const headers: IncomingMessage["headers"] =
    forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor };
  // The resolver reads these two; proxy-addr also reads the older `connection`.
  const socket = { remoteAddress };
  return { headers, socket, connection: socket } as IncomingMessage;
}

describe("R2: the client's address", () => {
  it("is the peer's own when there is no proxy", () => {
    const resolve = createAddressResolver(["loopback"]);
    expect(resolve(from("203.0.113.9"))).toBe("203.0.113.9");
    expect(resolve(from("::ffff:203.0.113.9"))).toBe("203.0.113.9");
  });

  it("is what a trusted proxy says, and of a chain what the last trusted one saw", () => {
    const resolve = createAddressResolver(["loopback", "10.0.0.0/8"]);
    expect(resolve(from("127.0.0.1", "203.0.113.9"))).toBe("203.0.113.9");
    expect(resolve(from("::1", "203.0.113.9, 10.1.2.3"))).toBe("203.0.113.9");
    expect(resolve(from("::ffff:127.0.0.1", "198.51.100.1, 203.0.113.9, 10.1.2.3"))).toBe("203.0.113.9");
  });

  it("is the peer's, whatever it writes, when the peer is no trusted proxy; also with none trusted at all", () => {
    for (const trusted of [["10.0.0.0/8"], []]) {
      const resolve = createAddressResolver(trusted);
      for (const forged of ["203.0.113.9", "127.0.0.1", "10.0.0.1, 10.0.0.2", "", ",,,", "unknown", "::1"])
        expect(resolve(from("198.51.100.7", forged))).toBe("198.51.100.7");
    }
    const none = createAddressResolver([]);
    expect(none(from("127.0.0.1", "203.0.113.9"))).toBe("127.0.0.1");
  });

  it("is what a proxy saw, not what the client had written before it", () => {
    const resolve = createAddressResolver(["loopback"]);
    const seen = Array.from({ length: 100 }, (_, n) =>
      resolve(from("127.0.0.1", `10.9.8.${n}, 203.0.113.9`)),
    );
    expect(new Set(seen)).toEqual(new Set(["203.0.113.9"]));
  });

  it("is the same for all connections of a client, though a proxy adds their ports", () => {
    const resolve = createAddressResolver(["loopback", "10.0.0.0/8"]);
    for (const port of ["", ":1", ":51234"])
      expect(resolve(from("127.0.0.1", `198.51.100.1, 203.0.113.9${port}, 10.1.2.3${port}`))).toBe(
        "203.0.113.9",
      );
    for (const written of ["[2001:db8::1]:443", "[2001:db8::1]", "2001:db8::1"])
      expect(resolve(from("127.0.0.1", written))).toBe("2001:db8::/64");
    expect(resolve(from("127.0.0.1", "[::ffff:203.0.113.9]:443"))).toBe("203.0.113.9");
  });

  it("is the last trusted proxy's, where that wrote none", () => {
    const resolve = createAddressResolver(["loopback", "10.0.0.0/8"]);
    for (const none of ["unknown", "_hidden", "203.0.113.9:x", "1", "999.0.0.1", "[203.0.113.9"]) {
      expect(resolve(from("127.0.0.1", none))).toBe("127.0.0.1");
      expect(resolve(from("127.0.0.1", `203.0.113.9, ${none}, 10.1.2.3`))).toBe("10.1.2.3");
    }
    const request = from("127.0.0.1", "unknown");
    resolve(request);
    expect(request.headers["x-forwarded-for"]).toBe("127.0.0.1");
  });

  it("replaces the header, so that whatever reads it later is not fooled", () => {
    const request = from("198.51.100.7", "1.1.1.1, 2.2.2.2");
    createAddressResolver([])(request);
    expect(request.headers["x-forwarded-for"]).toBe("198.51.100.7");
  });
});

describe("a subscriber", () => {
  it("of IPv6 is the whole /64, of IPv4 the address, mapped or not", () => {
    expect(subscriberOf("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
    expect(subscriberOf("2001:db8:1:2:ffff::1")).toBe(subscriberOf("2001:db8:1:2::"));
    expect(subscriberOf("2001:db8:1:3::1")).not.toBe(subscriberOf("2001:db8:1:2::1"));
    expect(subscriberOf("::FFFF:192.0.2.1")).toBe("192.0.2.1");
    expect(subscriberOf("::ffff:c000:201")).toBe("192.0.2.1");
    expect(subscriberOf("192.0.2.1")).toBe("192.0.2.1");
  });

  it("of something that is no address is that text, so that it shares a quota with itself alone", () => {
    expect(subscriberOf("")).toBe("");
    expect(subscriberOf("not:an:address")).toBe("not:an:address");
  });
});
