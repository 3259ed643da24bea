import { type RefObject, useCallback } from "react";

const rowSelector = "a[data-row]";

/**
 * Moves the focus between the rows' links, so that `enter` opens the one in focus by itself. `onEnd` is called when
 * the last row is passed.
 */
export function useRowKeys(list: RefObject<HTMLElement | null>, onEnd?: () => void) {
  return useCallback(
    (by: 1 | -1) => {
      const rows: Element[] = [...(list.current?.querySelectorAll(rowSelector) ?? [])];
      const current = document.activeElement === null ? -1 : rows.indexOf(document.activeElement);
      const next = rows[current === -1 ? (by === 1 ? 0 : rows.length - 1) : current + by];
      if (next === undefined) {
        if (by === 1) onEnd?.();
        return;
      }
      if (next instanceof HTMLElement) next.focus();
      next.scrollIntoView({ block: "nearest" });
    },
    [list, onEnd],
  );
}
