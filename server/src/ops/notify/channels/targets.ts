import ipaddr from "ipaddr.js";

/**
 * Whether messages may go to an address that somebody entered: in production only https, and no name or number of this
 * machine or of a private network.
 */
export function isAllowedTarget(address: string, production: boolean): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== "" || password !== "") return false;
  if (!production) return protocol === "https:" || protocol === "http:";
  if (protocol !== "https:") return false;
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (ipaddr.isValid(host)) return ipaddr.process(host).range() === "unicast";
  return host.includes(".") && !/(^|\.)(localhost|local|internal|localdomain|home\.arpa)$/.test(host);
}
