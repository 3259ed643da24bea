import type { StaffOrder } from "@orderwatch/shared/ops/orders.ts";
import { Link } from "@tanstack/react-router";
import { Panel } from "../../../ui/panel.tsx";
import { LevelIcon } from "../../../ui/status.tsx";
import { useCodeWords, useWords } from "../../words.ts";
import classes from "./failure.module.css";

/** Why an order failed, and the ways out that its buyer sees. */
export function FailureNote({ failure }: { failure: NonNullable<StaffOrder["failure"]> }) {
  const t = useWords();
  const { problem, remedy } = useCodeWords();
  return (
    <Panel title={t("order.failure")}>
      <div className={classes.reason}>
        <LevelIcon level="bad" size={14} />
        <div>
          <strong>{problem(failure.code)}</strong> <code>{failure.code}</code>
          <p>{failure.detail}</p>
        </div>
      </div>
      {failure.remedies.length === 0 ? null : (
        <>
          <h3 className={classes.heading}>{t("order.remedies")}</h3>
          <ul className={classes.remedies}>
            {failure.remedies.map(({ kind }) => (
              <li key={kind}>{remedy(kind)}</li>
            ))}
          </ul>
        </>
      )}
      <Link to="/orders" search={{ failureCode: failure.code }} className={classes.more}>
        {t("order.sameFailure")}
      </Link>
    </Panel>
  );
}
