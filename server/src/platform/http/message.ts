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
  /** Given where the answer goes on after its head: it is written piece by piece, and has no body or length of its own. */
  readonly follow?: (outlet: Outlet) => void;
}

/** An answer that stays open until its client goes or `end` is called. What is written to a closed one is dropped. */
export interface Outlet {
  write(text: string): void;
  end(): void;
  onClose(listener: () => void): void;
  /** Whether this server wants to be rid of its connections. */
  isDraining(): boolean;
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
