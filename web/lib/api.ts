import { ProblemError } from "@orderwatch/shared/client.ts";

/** Why a call failed, as far as a screen needs to know: a code to word, and the request to quote to support. */
export interface Refusal {
  /** A problem code, or `network` when no answer came. */
  code: string;
  /** The server's English fallback. */
  detail: string;
  requestId: string | undefined;
  /** What is wrong by field, where the request itself was. */
  errors: readonly { path: string; message: string }[];
}

export function refusalOf(error: unknown): Refusal {
  if (error instanceof ProblemError) {
    const { code, detail, requestId, errors } = error.problem;
    return { code, detail, requestId: requestId || undefined, errors: errors ?? [] };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return { code: "network", detail, requestId: undefined, errors: [] };
}
