import { type RefObject, useCallback } from "react";

const rowSelector = "a[data-row]";

/**
 * Moves the focus between the rows' links, so that `enter` opens the one in focus by itself. `onEnd` is called when
 * the last row is passed.
 */
export function useRowKeys(list: RefObject<HTMLElement | null>, onEnd?: () => void) {
  return useCallback(
    (by: 1 | -1) => {
      const rows = [...(list.current?.querySelectorAll<HTMLAnchorElement>(rowSelector) ?? [])];
      const current = rows.findIndex((row) => document.activeElement === row);
      const next = rows[current === -1 ? (by === 1 ? 0 : rows.length - 1) : current + by];
      if (next === undefined) {
        if (by === 1) onEnd?.();
        return;
      }
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    },
    [list, onEnd],
  );
}
