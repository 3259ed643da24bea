/** When a buyer likes to be called, as a part of the day in their own time. */
export const partsOfDay = ["any", "morning", "afternoon", "evening"] as const;
export type PartOfDay = (typeof partsOfDay)[number];

const hours: Record<Exclude<PartOfDay, "any">, readonly [number, number]> = {
  morning: [9, 12],
  afternoon: [12, 18],
  evening: [18, 21],
};
const shortestMs = 30 * 60_000;

/** The next such part of a day that lasts for half an hour yet; nothing for any time. */
export function bestTime(part: PartOfDay, now: Date): { bestFrom?: string; bestTo?: string } {
  if (part === "any") return {};
  const [from, to] = hours[part];
  const at = (day: number, hour: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + day, hour);
  const day = at(0, to).getTime() - now.getTime() >= shortestMs ? 0 : 1;
  const begin = Math.max(at(day, from).getTime(), now.getTime());
  return { bestFrom: new Date(begin).toISOString(), bestTo: at(day, to).toISOString() };
}
