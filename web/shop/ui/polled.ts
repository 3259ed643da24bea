import { useCallback, useEffect, useRef, useState } from "react";
import { withDeadline } from "./deadline.ts";
import { useVisible } from "./now.ts";

export interface Polled<T> {
  value?: T;
  /** When `value` was read; milliseconds since 1970. */
  readAt?: number;
  /** Set while the last read failed; `value` is then older than it should be. */
  error?: unknown;
  refresh: () => Promise<void>;
}

interface Seen<T> {
  value?: T;
  readAt?: number;
  error?: unknown;
  failures: number;
}

/**
 * Reads again and again while the page is visible. `pauseMs` decides from what was seen when to read next; null ends it.
 * `read` must be stable: a new one starts over.
 */
export function usePolled<T>(
  read: (signal: AbortSignal) => Promise<T>,
  pauseMs: (seen: { value: T | undefined; failures: number; error: unknown }) => number | null,
): Polled<T> {
  const [seen, setSeen] = useState<Seen<T>>({ failures: 0 });
  const visible = useVisible();
  const pause = useRef(pauseMs);
  pause.current = pauseMs;
  const again = useRef<() => Promise<void>>(async () => undefined);

  useEffect(() => {
    if (!visible) return;
    let stopped = false;
    let abort = () => {};
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    let last: T | undefined;
    let turn = 0;
    const once = async () => {
      clearTimeout(timer);
      const mine = ++turn;
      let error: unknown;
      try {
        const asked = withDeadline(read);
        abort = asked.abort;
        last = await asked.answer;
        failures = 0;
      } catch (caught) {
        error = caught;
        failures += 1;
      }
      if (stopped || mine !== turn) return;
      setSeen((before) =>
        error === undefined
          ? { value: last as T, readAt: Date.now(), failures }
          : { ...before, error, failures },
      );
      const wait = pause.current({ value: last, failures, error });
      if (wait !== null) timer = setTimeout(once, wait);
    };
    again.current = once;
    void once();
    return () => {
      stopped = true;
      abort();
      clearTimeout(timer);
    };
  }, [read, visible]);

  const refresh = useCallback(() => again.current(), []);
  const { failures: _, ...rest } = seen;
  return { ...rest, refresh };
}
