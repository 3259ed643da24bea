import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** A request as handlers see it, whichever server took it. */
export interface HttpRequest {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** Path and query exactly as sent: what signatures cover. */
  readonly target: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The client's address behind trusted proxies: IPv4, or an IPv6 /64 network (one subscriber's share). */
  readonly address: string;
  readonly body: Buffer;
  /** The unread body, for endpoints that stream it; `body` is empty then. */
  readonly stream?: IncomingMessage;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body?: string | Buffer;
}

export function jsonReply(status: number, value: unknown, headers: Record<string, string> = {}): HttpReply {
  if (value === undefined) return { status, headers };
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(value),
  };
}

export function header(request: HttpRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
