import { useQuery } from "@tanstack/react-query";
import { useFormats, useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { ticketCountsQuery } from "./queries.ts";
import classes from "./waiting-badge.module.css";

/** How many tickets wait for this person: buyers who wrote back, and for engineers what was handed to them. */
export function WaitingBadge() {
  const t = useWords();
  const formats = useFormats();
  const mayEngineer = useMay()("tickets.engineer");
  const { data } = useQuery(ticketCountsQuery);
  if (data === undefined) return null;
  const waiting = data.mineUnanswered + (mayEngineer ? data.offered : 0);
  if (waiting === 0) return null;
  return (
    <b className={classes.badge} title={t("tickets.waiting")}>
      {formats.count(waiting)}
      <span className={classes.hidden}> {t("tickets.waiting")}</span>
    </b>
  );
}
