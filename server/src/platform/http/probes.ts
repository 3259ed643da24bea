import { createHash, timingSafeEqual } from "node:crypto";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Registry } from "../metrics.ts";
import { defaultBodyLimitBytes, type Endpoint } from "./endpoint.ts";
import { type HttpReply, type HttpRequest, header, jsonReply } from "./message.ts";
import { shareReadiness } from "./readiness.ts";

/**
 * `/healthz` (the process lives), `/readyz` (it can serve) and `/metrics` (Prometheus), the same on every port.
 * `whyNotReady` gives a public reason, or undefined when everything needed is there.
 */
export function probeEndpoints(options: {
  whyNotReady: () => Promise<string | undefined>;
  metrics: Registry;
  metricsToken: string | undefined;
}): Endpoint[] {
  const whyNotReady = shareReadiness(options.whyNotReady);
  return [
    get("/healthz", async () => jsonReply(200, { status: "ok" }, { "cache-control": "no-store" })),
    get("/readyz", async () => {
      const reason = await whyNotReady();
      if (reason !== undefined) throw new DomainError("server.busy", reason, { remedies: [] });
      return jsonReply(200, { status: "ready" }, { "cache-control": "no-store" });
    }),
    get("/metrics", async (request) => {
      admitScraper(request, options.metricsToken);
      return {
        status: 200,
        headers: { "content-type": options.metrics.contentType, "cache-control": "no-store" },
        body: await options.metrics.metrics(),
      };
    }),
  ];
}

/** A fixed document, such as `/openapi.json`. */
export function documentEndpoint(path: string, document: object): Endpoint {
  const body = JSON.stringify(document);
  return get(path, async () => ({
    status: 200,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-cache" },
    body,
  }));
}

function get(path: string, handle: (request: HttpRequest) => Promise<HttpReply>): Endpoint {
  return { method: "GET", path, bodyLimitBytes: defaultBodyLimitBytes, handle };
}

const forwardingHeaders = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];
/** IPv6 addresses are resolved to their /64, so `::1` reads like this. */
const loopbackNetwork = "::/64";

/** With a token: whoever shows it. Without: this machine alone, and nothing that a proxy on it passes on. */
function admitScraper(request: HttpRequest, token: string | undefined): void {
  if (token !== undefined) {
    const given = /^Bearer (.+)$/i.exec(header(request, "authorization") ?? "")?.[1] ?? "";
    if (timingSafeEqual(digest(given), digest(token))) return;
    throw new DomainError("session.required", "Send authorization: Bearer with the metrics token", {
      remedies: [],
    });
  }
  const isForwarded = forwardingHeaders.some((name) => request.headers[name] !== undefined);
  const isLoopback = request.address.startsWith("127.") || request.address === loopbackNetwork;
  if (isForwarded || !isLoopback)
    throw new DomainError(
      "request.origin_refused",
      "Metrics are for this machine; set a token to share them",
    );
}

const digest = (value: string) => createHash("sha256").update(value).digest();
