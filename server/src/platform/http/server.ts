import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { DomainError, toProblem } from "@orderwatch/shared/problem.ts";
import type { NewId } from "../ids.ts";
import type { Logger } from "../log.ts";
import { Histogram, type Registry } from "../metrics.ts";
import type { AddressResolver } from "./address.ts";
import { bodyOf, noBody } from "./body.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Gate } from "./gate.ts";
import type { HttpReply, HttpRequest, Outlet } from "./message.ts";
import { createPipelineBound } from "./pipelining.ts";
import { answerWithin, toDomainError } from "./trouble.ts";

export interface HttpContext {
  log: Logger;
  newId: NewId;
  addressOf: AddressResolver;
  metrics: Registry;
  /** Live telemetry: told of every request that an endpoint takes, and once of its answer. */
  observer?: { started(): void; answered(route: string, durationMs: number): void };
  /** Who has no answer after this time is told to come again; what was begun goes on. No bound where it is not set. */
  answerWithinMs?: number;
}

export interface Serving {
  /** Answers one request with an endpoint: reads the body within its limit, runs it, maps what it throws. */
  serve(
    endpoint: Endpoint,
    request: IncomingMessage,
    response: ServerResponse,
    params?: Record<string, string>,
  ): void;
  /** Answers with the problem document of an error, for what never reaches an endpoint. */
  refuse(error: unknown, request: IncomingMessage, response: ServerResponse): void;
  /** From when this says so on, every answer ends its connection, so that draining need not cut any. */
  endConnectionsWhen(isDraining: () => boolean): void;
  /** Resolves when no endpoint runs any more, those included whose client has gone away. */
  settled(): Promise<void>;
}

/** A server that knows when the last handler has ended: a closed connection does not mean that. */
export type HttpServer = Server & { settled(): Promise<void> };

/** What never reached an endpoint is counted under this name. */
const unrouted = "*";

const secondsBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10];

export function createServing(context: HttpContext): Serving {
  const durations = new Histogram({
    name: "http_request_duration_seconds",
    help: "Time from the request's head to the end of the answer, by route template and status",
    labelNames: ["method", "route", "status"] as const,
    buckets: secondsBuckets,
    registers: [context.metrics],
  });

  let isDraining = () => false;
  const answer = (
    response: ServerResponse,
    reply: HttpReply,
    about: { id: string; method: string; route: string; startedMs: number },
  ) => {
    const body = reply.body;
    response.writeHead(reply.status, {
      ...reply.headers,
      ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
      ...(isDraining() ? { connection: "close" } : {}),
      "x-request-id": about.id,
      "x-content-type-options": "nosniff",
    });
    if (reply.follow) {
      response.flushHeaders();
      reply.follow(outletOf(response, isDraining));
    } else response.end(body);
    const durationMs = performance.now() - about.startedMs;
    durations.observe(
      { method: about.method, route: about.route, status: String(reply.status) },
      durationMs / 1000,
    );
    if (about.route !== unrouted) context.observer?.answered(`${about.method} ${about.route}`, durationMs);
    context.log.debug(
      { requestId: about.id, route: about.route, status: reply.status, durationMs },
      "answered",
    );
  };

  const problemReply = (error: unknown, about: { id: string; method: string; route: string }): HttpReply => {
    const known = toDomainError(error);
    if (known.code === "server.busy") tellBusy(known, about);
    else if (known.status >= 500)
      context.log.error(
        { err: error, requestId: about.id, route: about.route, code: known.code },
        "request failed",
      );
    const headers: Record<string, string> = {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
    };
    // The rest of that body may come at any time, and would be taken for the next request.
    if (known.code === "request.timeout") headers.connection = "close";
    const until = known.remedies.find((remedy) => remedy.until)?.until;
    if (until && (known.status === 429 || known.status === 503))
      headers["retry-after"] = String(Math.max(1, Math.ceil((Date.parse(until) - Date.now()) / 1000)));
    return { status: known.status, headers, body: JSON.stringify(toProblem(known, about.id)) };
  };

  let toldMs = Number.NEGATIVE_INFINITY;
  /** Once in a while: in bad times every request would say the same. */
  const tellBusy = (error: DomainError, about: { id: string; route: string }): void => {
    if (performance.now() - toldMs < tellBusyEveryMs) return;
    toldMs = performance.now();
    context.log.warn(
      { err: error, requestId: about.id, route: about.route },
      "requests cannot be served now",
    );
  };

  const running = new Set<Promise<void>>();
  return {
    endConnectionsWhen(draining) {
      isDraining = draining;
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
    serve(endpoint, incoming, response, params = {}) {
      context.observer?.started();
      const about = {
        id: context.newId(),
        method: endpoint.method,
        route: endpoint.path,
        startedMs: performance.now(),
      };
      const body = bodyOf(incoming);
      const run = async (): Promise<HttpReply> => {
        const head = toRequest(incoming, about.id, params, context.addressOf(incoming), noBody);
        const handle = endpoint.admit
          ? await endpoint.admit(head)
          : (request: HttpRequest) => endpoint.handle(request);
        if (endpoint.streams?.(head)) return handle({ ...head, stream: incoming });
        return handle({ ...head, body: await body.read(endpoint.bodyLimitBytes) });
      };
      const handled = run();
      const answered = answerWithin(handled, context.answerWithinMs, () =>
        body.isBeingRead() ? tooSlow() : noAnswer(),
      )
        .catch((error: unknown) => {
          body.giveUp();
          return problemReply(error, about);
        })
        .then((reply) => answer(response, reply, about))
        .catch((error: unknown) => {
          context.log.error({ err: error, requestId: about.id }, "an answer could not be written");
          response.destroy();
        })
        // A handler whose client was told to come again still comes to its end.
        .then(() => Promise.allSettled([handled]))
        .then(() => void running.delete(answered));
      running.add(answered);
    },
    refuse(error, incoming, response) {
      const about = {
        id: context.newId(),
        method: incoming.method ?? "GET",
        route: unrouted,
        startedMs: performance.now(),
      };
      answer(response, problemReply(error, about), about);
    },
  };
}

/**
 * A server that answers the `hot` endpoints (fixed paths) itself and hands everything else to `rest`.
 * Time-outs bound slow senders.
 */
export function createHttpServer(options: {
  serving: Serving;
  hot: readonly Endpoint[];
  rest: (request: IncomingMessage, response: ServerResponse) => void;
  /** Asked first about every request. */
  gate?: Gate;
  /** A connection is cut on which nothing moves for so long while a request is open. No bound where it is not set. */
  idleMs?: number;
}): HttpServer {
  const mayWait = createPipelineBound();
  const hot = new Map(options.hot.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]));
  const server = createServer((request, response) => {
    if (!mayWait(request, response)) return;
    // For answers that no endpoint gives, such as files.
    if (isDraining()) response.setHeader("connection", "close");
    if (options.gate && !options.gate.admits(request, response)) return;
    const url = request.url ?? "/";
    // Express would answer it by itself, with a page.
    if (url !== "*" && !url.startsWith("/") && !URL.canParse(url)) {
      options.serving.refuse(
        new DomainError("request.malformed", "The request's address is not valid"),
        request,
        response,
      );
      return;
    }
    const query = url.indexOf("?");
    const found = hot.get(`${request.method} ${query < 0 ? url : url.slice(0, query)}`);
    if (found) options.serving.serve(found, request, response);
    else options.rest(request, response);
  });
  // One that never listened is fed by another server, whose connections are not ours to end.
  let hasListened = false;
  server.on("listening", () => {
    hasListened = true;
  });
  const isDraining = () => hasListened && !server.listening;
  options.serving.endConnectionsWhen(isDraining);
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  server.keepAliveTimeout = 65_000;
  server.timeout = options.idleMs ?? 0;
  return Object.assign(server, { settled: () => options.serving.settled() });
}

function outletOf(response: ServerResponse, isDraining: () => boolean): Outlet {
  return {
    write: (text) => void (response.writableEnded || response.destroyed || response.write(text)),
    end: () => void response.end(),
    onClose: (listener) => void response.once("close", listener),
    isDraining: () => isDraining(),
  };
}

function toRequest(
  incoming: IncomingMessage,
  id: string,
  params: Record<string, string>,
  address: string,
  body: Buffer,
): HttpRequest {
  const [path = "/", search = ""] = (incoming.url ?? "/").split("?", 2);
  return {
    id,
    method: incoming.method ?? "GET",
    path,
    target: incoming.url ?? "/",
    params,
    query: new URLSearchParams(search),
    headers: incoming.headers,
    address,
    body,
  };
}

const tellBusyEveryMs = 5_000;

const noAnswer = () => new DomainError("server.busy", "There was no answer in time; try again in a moment");

const tooSlow = () => new DomainError("request.timeout", "The body did not come in time");
