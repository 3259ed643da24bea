import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import proxyAddr from "proxy-addr";

/** Tells a request's client address; one resolver for every stack of the server. */
export type AddressResolver = (request: IncomingMessage) => string;

/**
 * Believes `X-Forwarded-For` only as far as trusted proxies wrote it, then overwrites the header with what was
 * believed, so that nothing that reads it later can be fooled. Where a proxy wrote no address, it stands for whom it serves.
 */
export function createAddressResolver(trustedProxies: readonly string[]): AddressResolver {
  const trust = proxyAddr.compile([...trustedProxies]);
  return (request) => {
    const forwarded = request.headers["x-forwarded-for"];
    if (forwarded === undefined) return subscriberOf(request.socket.remoteAddress ?? "");
    request.headers["x-forwarded-for"] = String(forwarded).split(",").map(withoutPort).join(", ");
    const client = proxyAddr.all(request, trust).findLast((address) => isIP(address) !== 0) ?? "";
    request.headers["x-forwarded-for"] = client;
    return subscriberOf(client);
  };
}

/** Some proxies add the client's port, by which every connection would be somebody else; IPv6 then stands in brackets. */
function withoutPort(hop: string): string {
  const [, v6, v4] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/.exec(hop.trim()) ?? [];
  return v6 ?? v4 ?? hop.trim();
}

/** IPv4 as it is (also when mapped into IPv6); of IPv6 the /64, since one subscriber owns all of it. */
export function subscriberOf(address: string): string {
  if (!address.includes(":")) return address;
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return parsed.toString();
  const network = parsed.toByteArray().map((byte, at) => (at < 8 ? byte : 0));
  return `${ipaddr.fromByteArray(network).toString()}/64`;
}
