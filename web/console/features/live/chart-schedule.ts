import { type RefObject, useEffect, useRef, useState } from "react";

const waiting = new Set<() => void>();
let scheduled = false;

/**
 * Runs the waiting draws one by one, the longest waiting first, with two frames for each: the chart library takes its
 * properties in the first and draws them in the second.
 */
function drawNext(): void {
  const [next] = waiting;
  if (next === undefined) {
    scheduled = false;
    return;
  }
  waiting.delete(next);
  next();
  requestAnimationFrame(() => requestAnimationFrame(drawNext));
}

function enqueue(draw: () => void): void {
  waiting.add(draw);
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(drawNext);
}

/**
 * The newest value, but handed over only when it is this chart's turn and the chart can be seen: redrawing several
 * charts at once would hold the thread longer than a frame.
 */
export function useTurn<T>(value: T, seen: boolean): T {
  const [shown, setShown] = useState(value);
  const latest = useRef(value);
  const draw = useRef(() => setShown(latest.current));
  useEffect(() => {
    latest.current = value;
    if (seen) enqueue(draw.current);
  }, [value, seen]);
  useEffect(() => {
    const own = draw.current;
    return () => void waiting.delete(own);
  }, []);
  return shown;
}

export interface Box {
  width: number;
  seen: boolean;
}

/** An element's width in px, and whether it is on the screen. */
export function useBox(element: RefObject<HTMLElement | null>): Box {
  const [box, setBox] = useState<Box>({ width: 0, seen: false });
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const sizes = new ResizeObserver(([entry]) => {
      const width = Math.round(entry?.contentRect.width ?? 0);
      setBox((known) => (known.width === width ? known : { ...known, width }));
    });
    const sights = new IntersectionObserver(([entry]) => {
      const seen = entry?.isIntersecting ?? false;
      setBox((known) => (known.seen === seen ? known : { ...known, seen }));
    });
    sizes.observe(current);
    sights.observe(current);
    return () => {
      sizes.disconnect();
      sights.disconnect();
    };
  }, [element]);
  return box;
}
