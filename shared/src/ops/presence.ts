/** Whether somebody is out of office at a moment. With one end alone they are out from then on, or until then. */
export function isOut(
  { outFrom, outUntil }: { outFrom: Date | string | null; outUntil: Date | string | null },
  now: Date,
): boolean {
  if (outFrom === null && outUntil === null) return false;
  return (outFrom === null || new Date(outFrom) <= now) && (outUntil === null || now < new Date(outUntil));
}
