import { once } from "node:events";
import { SettingsError } from "./env.ts";
import { createLog } from "./log.ts";
import { StartRefused } from "./start-refused.ts";
import type { Supervision } from "./supervision.ts";

const STOP_WITHIN_MS = 10_000;

export type ProcessOptions = {
  /** Starts the role. The signal tells that the start is no longer wanted. */
  start(signal: AbortSignal): Promise<{ close(): Promise<void> }>;
  supervision: Supervision | null;
  /** Names the setting to change when the role's port is taken. */
  portSetting: string;
  /** Who the process is in its log. */
  name: string;
};

class Stopped extends Error {
  override name = "Stopped";
}

/** The one line for a failure that the operator can mend; `null` for one that is ours. */
export function explainRefusal(error: unknown, portSetting: string): string | null {
  if (error instanceof SettingsError || error instanceof StartRefused) return error.message;
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
    return `${portSetting}: port ${"port" in error ? error.port : ""} is taken by another program`;
  }
  return null;
}

function writeError(line: string): Promise<void> {
  return new Promise((resolve) => process.stderr.write(`${line}\n`, () => resolve()));
}

/**
 * Runs a role until it is told to stop, then ends the process: 0 after a clean stop, 1 after a refused or failed
 * start or when closing takes more than 10 s. What the operator can mend is one line on standard error, all else a line of the
 * log. One Ctrl-C arrives several times through npm, so that repeats of a
 * stop change nothing.
 */
export async function runProcess({ start, supervision, portSetting, name }: ProcessOptions): Promise<never> {
  const stopping = new AbortController();
  const stop = () => {
    if (stopping.signal.aborted) return;
    stopping.abort(new Stopped("stopped"));
    setTimeout(() => {
      process.stderr.write("orderwatch: closing took more than 10 s, giving up\n");
      process.exit(1);
    }, STOP_WITHIN_MS).unref();
  };
  // The terminal's Ctrl-C reaches some children too, but when they stop is for their supervisor to say, which has another
  // node take over first.
  process.on("SIGINT", supervision ? () => undefined : stop);
  process.on("SIGTERM", supervision ? () => supervision.leave() : stop);
  process.on("SIGHUP", supervision ? () => undefined : stop);
  supervision?.onStop(stop);

  let exitCode = 0;
  try {
    const running = await start(stopping.signal);
    if (!stopping.signal.aborted) await once(stopping.signal, "abort");
    await running.close();
  } catch (error) {
    if (error !== stopping.signal.reason) {
      exitCode = 1;
      const line = explainRefusal(error, portSetting);
      if (line === null)
        createLog({ level: "fatal", name }).fatal({ err: error }, "the process ends by an error");
      else if (supervision) await supervision.refuse(line);
      else await writeError(line);
    }
  }
  return process.exit(exitCode);
}
