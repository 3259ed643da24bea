const offsetMs = 8 * 3_600_000;
const dayMs = 24 * 3_600_000;

/** The day in Beijing, `2026-01-31`, so many days before `now`. */
export function dayInBeijing(now: Date, daysAgo: number): string {
  return new Date(now.getTime() + offsetMs - daysAgo * dayMs).toISOString().slice(0, 10);
}
