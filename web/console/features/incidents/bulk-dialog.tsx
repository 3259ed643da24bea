import { Button, Textarea } from "@mantine/core";
import type { AffectedOrder, Incident } from "@orderwatch/shared/ops/incidents.ts";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import { Tick } from "../../../ui/tick.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import classes from "./affected.module.css";
import { type BulkAction, type BulkProgress, type Result, sendLots } from "./affected.ts";

/** Says what will follow for how many orders, does it in lots with true progress, and names those that were refused. */
export function BulkDialog({
  incident,
  action,
  orders,
  onResults,
  onClose,
}: {
  incident: Incident;
  action: BulkAction;
  orders: readonly AffectedOrder[];
  onResults: (results: Result[]) => void;
  onClose: () => void;
}) {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const queries = useQueryClient();
  // What was chosen when it was asked: the list behind moves on while orders settle.
  const [chosen] = useState(orders);
  const [reason, setReason] = useState("");
  const [despite, setDespite] = useState(false);
  const [isTried, setTried] = useState(false);
  const [progress, setProgress] = useState<BulkProgress | null>(null);
  const count = chosen.length;
  const isOver = progress !== null && progress.done === count;
  const refused = progress?.results.filter(({ ok }) => !ok) ?? [];

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (reason.trim() === "" || progress !== null) return;
    setProgress({ done: 0, count, results: [] });
    const { results } = await sendLots(
      chosen.map(({ orderId }) => orderId),
      async (orderIds) => {
        const insisting = despite ? { despiteSupplier: true } : {};
        const body = { action, orderIds, reason: reason.trim(), ...insisting };
        return (await api.actOnAffectedOrders({ params: { id: incident.id }, body })).results;
      },
      (error) => refusalOf(error).code,
      setProgress,
    );
    onResults(results);
    await queries.invalidateQueries({ queryKey: ["incident", incident.id] });
  };
  const amount = formats.money(chosen.reduce((sum, { amountFen }) => sum + amountFen, 0));
  return (
    <Dialog title={t(`incident.orders.${action}.ask`, { count })} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className={classes.form} noValidate>
        <p>
          {action === "refund"
            ? t("incident.orders.refund.text", { count, amount })
            : t(`incident.orders.${action}.text`, { count })}
        </p>
        {progress === null ? (
          <Textarea
            label={t("incident.reason")}
            description={t("incident.noteHelp")}
            error={isTried && reason.trim() === "" ? t("incident.missing") : undefined}
            value={reason}
            maxLength={500}
            rows={2}
            data-autofocus
            required
            withAsterisk={false}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        ) : null}
        {progress === null && action === "refund" ? (
          <Tick isSet={despite} onChange={setDespite}>
            {t("repair.refund.despite")}
          </Tick>
        ) : null}
        {progress === null ? null : (
          <div role="status">
            <progress max={count} value={progress.done} aria-label={t(`incident.orders.${action}`)} />
            <p>
              {t("incident.orders.result", {
                done: formats.count(progress.done - refused.length),
                count: formats.count(count),
              })}
            </p>
          </div>
        )}
        {refused.length === 0 ? null : (
          <ul className={classes.refusals}>
            {refused.map(({ orderId, code, detail }) => (
              <li key={orderId}>
                <code>{orderId.slice(0, 13)}…</code> {code === null ? detail : problem(code)}
              </li>
            ))}
          </ul>
        )}
        <div className={classes.actions}>
          {isOver ? (
            <Button onClick={onClose}>{t("app.close")}</Button>
          ) : (
            <>
              <Button variant="default" onClick={onClose}>
                {t("app.cancel")}
              </Button>
              <Button
                type="submit"
                color={action === "refund" ? "alarm" : "signal"}
                loading={progress !== null}
              >
                {t(`incident.orders.${action}`)}
              </Button>
            </>
          )}
        </div>
      </form>
    </Dialog>
  );
}
