import type { Shift, SupportPolicy } from "@orderwatch/shared/ops/ticket-team.ts";
import { useLocale } from "../../../lib/i18n/use-locale.ts";
import { useWords } from "../../words.ts";
import { typedShifts } from "./typed.ts";

/** A Monday; only its weekday is used. */
const monday = Date.UTC(2026, 0, 5);

/** How policies are read: days by their names, shifts, and the one that every shop begins with in one's own language. */
export function usePolicyWords() {
  const t = useWords();
  const locale = useLocale();
  const weekday = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
  const day = (index: number) => weekday.format(new Date(monday + index * 86_400_000));
  return {
    day,
    days: ({ from, to }: { from: number; to: number }) =>
      from === to ? day(from) : `${day(from)} – ${day(to)}`,
    shifts: (shifts: readonly Shift[]) =>
      shifts.length === 0
        ? t("support.dayOff")
        : typedShifts(shifts) === "00:00-24:00"
          ? t("support.allDay")
          : typedShifts(shifts),
    name: ({ name, causes }: Pick<SupportPolicy, "name" | "causes">) =>
      name === "Standard" && causes === null ? t("support.standard") : name,
  };
}
