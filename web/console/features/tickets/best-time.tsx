import { TextInput } from "@mantine/core";
import type { TicketCall } from "@orderwatch/shared/ops/tickets.ts";
import { readMoment } from "../../../lib/local-time.ts";
import { textOf } from "../../../ui/form-dialog.tsx";
import { useFormats, useWords } from "../../words.ts";
import classes from "./tickets.module.css";

/** What was typed as the best time for a call; null where it is no time, or ends before it begins. */
export function readBestTime(form: FormData): { bestFrom?: string; bestTo?: string } | null {
  const [from, to] = [textOf(form, "bestFrom"), textOf(form, "bestTo")];
  const [bestFrom, bestTo] = [readMoment(from), readMoment(to)];
  if ((from !== "" && bestFrom === null) || (to !== "" && bestTo === null)) return null;
  if (bestFrom !== null && bestTo !== null && bestFrom >= bestTo) return null;
  return { ...(bestFrom === null ? {} : { bestFrom }), ...(bestTo === null ? {} : { bestTo }) };
}

/** From when to when the buyer likes to be called; either end may be left open. */
export function BestTimeFields({ isWrong }: { isWrong: boolean }) {
  const t = useWords();
  return (
    <>
      <TextInput name="bestFrom" type="datetime-local" label={t("calls.bestFrom")} />
      <TextInput
        name="bestTo"
        type="datetime-local"
        label={t("calls.bestTo")}
        error={isWrong ? t("calls.bestWrong") : null}
      />
    </>
  );
}

/** What the buyer said about a call that they want: when, and what should be known before. */
export function CallWish({ call: { bestFrom, bestTo, note } }: { call: TicketCall }) {
  const t = useWords();
  const formats = useFormats();
  const now = new Date();
  const from = bestFrom === null ? null : formats.recent(bestFrom, now);
  const to = bestTo === null ? null : formats.recent(bestTo, now);
  const best =
    from === null
      ? to && t("calls.bestBefore", { to })
      : to === null
        ? t("calls.bestAfter", { from })
        : t("calls.best", { from, to });
  return (
    <>
      {best === null ? null : <span className={classes.muted}>{best}</span>}
      {note === null ? null : <span>{t("calls.wish", { note })}</span>}
    </>
  );
}
