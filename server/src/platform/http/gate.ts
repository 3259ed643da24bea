import type { IncomingMessage, ServerResponse } from "node:http";
import { DomainError, remedies, toProblem } from "@orderwatch/shared/problem.ts";
import type { Clock } from "../clock.ts";
import type { NewId } from "../ids.ts";
import type { Logger } from "../log.ts";
import { Counter, type Registry } from "../metrics.ts";
import { isRefused, type Load, type Priority } from "../overload.ts";

/** Stands before everything else and refuses what cannot be served in time, before a byte of a body is read. */
export interface Gate {
  /** False when the request was refused and answered. */
  admits(request: IncomingMessage, response: ServerResponse): boolean;
  close(): void;
}

export interface GateOptions {
  /** Undefined for what is never refused. */
  priorityOf(method: string, path: string): Priority | undefined;
  load(): Omit<Load, "requests">;
  onRefused(priority: Priority, request: IncomingMessage): void;
  newId: NewId;
  clock: Clock;
  log: Logger;
  metrics: Registry;
}

/** Requests that may be answered at once. */
const mostRequests = 2_000;
/** Who is refused is asked to come back after one to three seconds; spread, so that they do not come back together. */
const waitsMs = [1_000, 1_400, 1_800, 2_200, 2_600, 3_000];
const renewEveryMs = 250;
const reportEveryMs = 5_000;

/** A refusal that is written already, but for the request's id. */
interface Prepared {
  head: string;
  tail: string;
  bytes: number;
  retryAfter: string;
}

export function createGate(options: GateOptions): Gate {
  const { clock, newId, log } = options;
  const refusals = new Counter({
    name: "http_requests_refused_total",
    help: "Requests refused because of load, by what they are worth",
    labelNames: ["priority"] as const,
    registers: [options.metrics],
  });
  let inFlight = 0;
  const load = (): Load => ({ ...options.load(), requests: inFlight / mostRequests });
  let prepared: Prepared[] = [];
  let preparedMs = Number.NEGATIVE_INFINITY;
  let next = 0;
  let unreported: Partial<Record<Priority, number>> = {};

  const prepare = (): Prepared => {
    const nowMs = performance.now();
    if (nowMs - preparedMs > renewEveryMs) {
      preparedMs = nowMs;
      prepared = waitsMs.map((waitMs) => write(new Date(clock.now().getTime() + waitMs), waitMs));
    }
    next = (next + 1) % prepared.length;
    return prepared[next] ?? write(clock.now(), 1_000);
  };

  const refuse = (priority: Priority, request: IncomingMessage, response: ServerResponse): void => {
    const id = newId();
    const { head, tail, bytes, retryAfter } = prepare();
    response.writeHead(503, {
      "content-type": "application/problem+json",
      "content-length": bytes + id.length,
      "cache-control": "no-store",
      "retry-after": retryAfter,
      "x-request-id": id,
      "x-content-type-options": "nosniff",
    });
    response.end(head + id + tail);
    // What was not read must still leave the socket, or the connection could not be used again.
    request.resume();
    refusals.inc({ priority });
    unreported[priority] = (unreported[priority] ?? 0) + 1;
    options.onRefused(priority, request);
  };

  const report = setInterval(() => {
    if (Object.keys(unreported).length === 0) return;
    log.warn({ refused: unreported, load: load() }, "requests were refused because of load");
    unreported = {};
  }, reportEveryMs);
  report.unref();

  return {
    admits(request, response) {
      const url = request.url ?? "/";
      const query = url.indexOf("?");
      const priority = options.priorityOf(request.method ?? "GET", query < 0 ? url : url.slice(0, query));
      if (priority === undefined) return true;
      if (isRefused(priority, load())) {
        refuse(priority, request, response);
        return false;
      }
      inFlight += 1;
      response.once("close", () => {
        inFlight -= 1;
      });
      return true;
    },
    close: () => clearInterval(report),
  };
}

function write(until: Date, waitMs: number): Prepared {
  const error = new DomainError("server.busy", "More is asked of the shop than it can do right now", {
    remedies: remedies("server.busy", { wait_until: { until: until.toISOString() } }),
  });
  const [head = "", tail = ""] = JSON.stringify(toProblem(error, "\u0001")).split("\\u0001");
  return {
    head,
    tail,
    bytes: Buffer.byteLength(head) + Buffer.byteLength(tail),
    retryAfter: String(Math.ceil(waitMs / 1_000)),
  };
}
