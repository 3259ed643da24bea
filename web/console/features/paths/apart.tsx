import type { Funnel } from "@orderwatch/shared/ops/funnel.ts";
import { Panel } from "../../../ui/panel.tsx";
import { useFormats, useWords } from "../../words.ts";
import classes from "./paths.module.css";

/** Orders of which no visit is known: they stand in no step of the funnel. */
export function Apart({ orders: { ofVisits, withoutVisit } }: Pick<Funnel, "orders">) {
  const t = useWords();
  const formats = useFormats();
  return (
    <Panel title={t("paths.apart")}>
      <p className={classes.apart}>
        {withoutVisit.placed === 0
          ? t("paths.apartNone")
          : t("paths.apartText", {
              count: formats.count(withoutVisit.placed),
              all: formats.count(ofVisits.placed + withoutVisit.placed),
            })}
      </p>
      {withoutVisit.placed === 0 ? null : (
        <p className={classes.apart}>
          <strong>
            {t("paths.apartLine", {
              placed: formats.count(withoutVisit.placed),
              paid: formats.count(withoutVisit.paid),
              delivered: formats.count(withoutVisit.delivered),
            })}
          </strong>
        </p>
      )}
    </Panel>
  );
}
