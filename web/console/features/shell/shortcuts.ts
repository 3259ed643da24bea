import { useEffect, useRef, useSyncExternalStore } from "react";
import { type Prefix, readKey } from "./keys.ts";

type Bindings = Readonly<Record<string, () => void>>;

const active = new Set<{ current: Bindings }>();
const storageKey = "orderwatch.single-keys";
let prefix: Prefix | null = null;
let singleKeys = readSetting();
const settingListeners = new Set<() => void>();

// Storage throws where the browser forbids it; the shortcuts are then on, as by default.
function readSetting(): boolean {
  try {
    return localStorage.getItem(storageKey) !== "off";
  } catch {
    return true;
  }
}

/** Single-key shortcuts can be turned off, because speech input presses them by accident (WCAG 2.1.4). */
export function setSingleKeys(on: boolean): void {
  singleKeys = on;
  for (const listener of settingListeners) listener();
  try {
    localStorage.setItem(storageKey, on ? "on" : "off");
  } catch (error) {
    // Still in force for this page: only remembering it was refused.
    if (!(error instanceof DOMException)) throw error;
  }
}

export const useSingleKeys = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      settingListeners.add(listener);
      return () => settingListeners.delete(listener);
    },
    () => singleKeys,
  );

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));

function onKeyDown(event: KeyboardEvent): void {
  if (!singleKeys || event.defaultPrevented || document.querySelector('[role="dialog"]') !== null) return;
  const bindings = [...active].map((holder) => holder.current);
  const read = readKey(
    {
      key: event.key,
      modified: event.ctrlKey || event.altKey || event.metaKey,
      typing: isTyping(event.target),
      at: event.timeStamp,
    },
    prefix,
    new Set(bindings.flatMap((each) => Object.keys(each))),
  );
  prefix = read.prefix;
  const { run } = read;
  if (run === null) return;
  event.preventDefault();
  bindings.findLast((each) => run in each)?.[run]?.();
}

/** Shortcuts that hold while the component is on the screen; the newest wins. */
export function useShortcuts(bindings: Bindings): void {
  const holder = useRef(bindings);
  useEffect(() => {
    holder.current = bindings;
  });
  useEffect(() => {
    if (active.size === 0) window.addEventListener("keydown", onKeyDown);
    active.add(holder);
    return () => {
      active.delete(holder);
      if (active.size === 0) window.removeEventListener("keydown", onKeyDown);
    };
  }, []);
}
