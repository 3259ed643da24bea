import { Button, TextInput } from "@mantine/core";
import type { DifferenceAction, ReconciliationDifference } from "@orderwatch/shared/ops/reconciliation.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import classes from "./reconciliation.module.css";

/** These move money or goods, and nothing takes them back. */
const dangerous: readonly DifferenceAction[] = ["refund_surplus", "record_refund", "confirm_payment"];

/** What money an action is about. */
function amountOf(difference: ReconciliationDifference, action: DifferenceAction): number {
  const { billFen, ourFen } = difference;
  const known = action === "confirm_payment" && ourFen ? ourFen : (billFen ?? ourFen);
  return known ?? 0;
}

/** Says what an action will do, asks for the reason, and does it. */
export function ActDialog({
  difference,
  action,
  onClose,
}: {
  difference: ReconciliationDifference;
  action: DifferenceAction;
  onClose: () => void;
}) {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const queries = useQueryClient();
  const [isMissing, setMissing] = useState(false);
  const act = useMutation({
    mutationFn: (reason: string) =>
      api.resolveDifference({ params: { id: difference.id }, body: { action, reason } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["reconciliation"] });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget).get("reason") ?? "").trim();
    setMissing(reason === "");
    if (reason !== "") act.mutate(reason);
  };
  return (
    <Dialog title={t(`difference.action.${action}`)} onClose={onClose}>
      <form onSubmit={submit} className={classes.dialog} noValidate>
        <p>
          {t(`difference.effect.${action}`, {
            company: t(`method.${difference.provider}`),
            amount: formats.money(amountOf(difference, action)),
          })}
        </p>
        <TextInput
          name="reason"
          label={t("difference.reason")}
          description={t("difference.reasonHelp")}
          error={isMissing ? t("difference.reasonMissing") : undefined}
          maxLength={500}
          autoComplete="off"
          data-autofocus
          required
          withAsterisk={false}
        />
        {act.isError ? (
          <Notice level="bad" title={problem(refusalOf(act.error).code)}>
            {refusalOf(act.error).detail}
          </Notice>
        ) : null}
        <div className={classes.dialogActions}>
          <Button variant="default" onClick={onClose}>
            {t("app.cancel")}
          </Button>
          <Button
            type="submit"
            color={dangerous.includes(action) ? "alarm" : "signal"}
            loading={act.isPending}
          >
            {t(`difference.action.${action}`)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
