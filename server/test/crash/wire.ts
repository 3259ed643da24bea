import { setTimeout as delay } from "node:timers/promises";
import { callOutbound, OutboundError } from "../../src/platform/outbound.ts";

/** An answer, or undefined when none came: the process was killed, or is not there yet. */
export interface Answer {
  status: number;
  location: string | undefined;
  body: unknown;
}

/** One call as a client of the shop makes it. */
export async function call(
  method: "GET" | "POST" | "PUT" | "DELETE",
  url: string,
  options: { body?: unknown; headers?: Record<string, string>; timeoutMs?: number } = {},
): Promise<Answer | undefined> {
  const { body, headers = {}, timeoutMs = 10_000 } = options;
  try {
    const answer = await callOutbound({
      url,
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs,
      maxBytes: 4 * 1024 * 1024,
    });
    return { status: answer.status, location: answer.headers.location, body: readJson(answer.body) };
  } catch (error) {
    if (error instanceof OutboundError) return undefined;
    throw error;
  }
}

/** Undefined for what is not JSON, such as pages. */
function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

export function codeOf(answer: Answer): string {
  const { body } = answer;
  return typeof body === "object" && body !== null && "code" in body ? String(body.code) : "";
}

/** Not an answer to go by: nobody there, an error of theirs, or "come back later". */
const isPassing = (answer: Answer | undefined) =>
  answer === undefined ||
  answer.status >= 500 ||
  // An address that ordered too often is told to wait for minutes.
  (answer.status === 429 && codeOf(answer) !== "risk.too_many_requests");

/** Tries again as clients do, longer apart each time; undefined when `patienceMs` are over. */
export async function persist(
  attempt: () => Promise<Answer | undefined>,
  patienceMs: number,
  onPassing: (answer: Answer | undefined) => void = () => undefined,
): Promise<Answer | undefined> {
  const deadline = performance.now() + patienceMs;
  for (let pauseMs = 50; performance.now() < deadline; pauseMs = Math.min(pauseMs * 2, 1_000)) {
    const answer = await attempt();
    if (!isPassing(answer)) return answer;
    onPassing(answer);
    await delay(pauseMs);
  }
  return undefined;
}
