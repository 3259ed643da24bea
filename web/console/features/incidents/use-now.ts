import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
let now = Date.now();
let timer = 0;

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
  // Just after the next whole second, so that all clocks of a screen turn together.
  timer = window.setTimeout(tick, 1_005 - (now % 1_000));
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) tick();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.clearTimeout(timer);
  };
}

/** The time in ms, once a second; one timer for all that ask. */
export const useNow = (): number => useSyncExternalStore(listen, () => now);
