import { Button } from "@mantine/core";
import type {
  DifferenceAction,
  DifferenceState,
  ReconciliationDifference,
} from "@orderwatch/shared/ops/reconciliation.ts";
import { Link } from "@tanstack/react-router";
import { type Level, Status } from "../../../ui/status.tsx";
import { useFormats, useWords } from "../../words.ts";
import { useOutcomeWords } from "./outcome.ts";
import classes from "./reconciliation.module.css";

const levels: Record<DifferenceState, Level> = {
  open: "warn",
  acting: "info",
  resolved: "ok",
  accepted: "quiet",
  vanished: "quiet",
};

/** One difference: both amounts, what it is about, what was done, and what can be done. */
export function DifferenceCard({
  difference,
  mayAct,
  onAct,
}: {
  difference: ReconciliationDifference;
  mayAct: boolean;
  onAct: (action: DifferenceAction) => void;
}) {
  const t = useWords();
  const formats = useFormats();
  const outcomeWords = useOutcomeWords();
  const { orderId, state, action, actedBy, reason, outcome } = difference;
  const amount = (fen: number | null) =>
    fen === null ? t("difference.absent") : fen === 0 ? t("difference.unpaid") : formats.money(fen);
  return (
    <li className={classes.card} data-state={state}>
      <div className={classes.amounts}>
        <div>
          <span className={classes.label}>{t("difference.bill")}</span>
          <strong>{amount(difference.billFen)}</strong>
        </div>
        <div>
          <span className={classes.label}>{t("difference.ours")}</span>
          <strong>{amount(difference.ourFen)}</strong>
        </div>
      </div>
      <dl className={classes.facts}>
        <div>
          <dt>{t("difference.order")}</dt>
          <dd>
            {orderId === null ? (
              "–"
            ) : (
              <Link to="/orders/$id" params={{ id: orderId }} className={classes.link ?? ""}>
                {orderId}
              </Link>
            )}
          </dd>
        </div>
        <div>
          <dt>{t("difference.tradeNo")}</dt>
          <dd>{difference.tradeNo ?? "–"}</dd>
        </div>
        <div>
          <dt>{t("difference.outTradeNo")}</dt>
          <dd>{difference.outRefundNo ?? difference.outTradeNo}</dd>
        </div>
      </dl>
      <div className={classes.state}>
        <Status level={levels[state]}>{t(`difference.state.${state}`)}</Status>
        {action !== null && actedBy !== null ? (
          <p>
            {t("difference.done", {
              action: t(`difference.action.${action}`),
              name: actedBy,
              reason: reason ?? "",
            })}
          </p>
        ) : null}
        {outcome === null ? null : <p>{outcomeWords(outcome)}</p>}
      </div>
      {mayAct && difference.actions.length > 0 ? (
        <div className={classes.actions}>
          {difference.actions.map((each) => (
            <Button
              key={each}
              size="xs"
              variant={each === "ask_payment" || each === "ask_refund" ? "filled" : "default"}
              onClick={() => onAct(each)}
            >
              {t(`difference.action.${each}`)}
            </Button>
          ))}
        </div>
      ) : null}
    </li>
  );
}
