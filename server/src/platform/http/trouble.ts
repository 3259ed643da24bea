import { DomainError, remedies } from "@orderwatch/shared/problem.ts";
import { isUnavailable } from "../db.ts";

/** When to ask again what failed for want of a database. */
const comeAgainMs = 2_000;

/** What a client is told of an error. A database that is away is no failure of the request: it is told when to come again. */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError && (error.code !== "server.busy" || isTold(error))) return error;
  if (error instanceof DomainError || isUnavailable(error)) return busy(error);
  return new DomainError("server.failed", "Please try again", { cause: error });
}

/** Whether a refusal says when to come again, or wants to say nothing of it. */
const isTold = (error: DomainError): boolean =>
  error.remedies.every((remedy) => remedy.kind !== "wait_until" || remedy.until !== undefined);

function busy(cause: unknown): DomainError {
  const until = new Date(Date.now() + comeAgainMs).toISOString();
  const detail =
    cause instanceof DomainError ? cause.message : "This cannot be served right now; try again in a moment";
  return new DomainError("server.busy", detail, {
    remedies: remedies("server.busy", { wait_until: { until } }),
    cause,
  });
}

/** `work`, or what `late` gives after `ms`; the work itself goes on. */
export function answerWithin<T>(
  work: Promise<T>,
  ms: number | undefined,
  late: () => DomainError,
): Promise<T> {
  if (ms === undefined) return work;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
