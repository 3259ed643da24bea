import { Button, NativeSelect, TextInput } from "@mantine/core";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Notice } from "../../../ui/notice.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useWords } from "../../words.ts";
import { dayInBeijing } from "./day.ts";
import classes from "./reconciliation.module.css";

/** Has one company's day compared, and leads to it. */
export function StartForm({ onStarted }: { onStarted: (runId: string) => void }) {
  const t = useWords();
  const { problem } = useCodeWords();
  const queries = useQueryClient();
  const start = useMutation({
    mutationFn: (body: { provider: PaymentMethod; day: string }) => api.startRun({ body }),
    onSuccess: async (run) => {
      await queries.invalidateQueries({ queryKey: ["reconciliation"] });
      onStarted(run.id);
    },
  });
  const now = new Date();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const provider = form.get("provider") === "alipay" ? "alipay" : "wechat";
    start.mutate({ provider, day: String(form.get("day")) });
  };
  return (
    <form onSubmit={submit} className={classes.form}>
      <NativeSelect
        name="provider"
        label={t("recon.company")}
        data={(["wechat", "alipay"] as const).map((value) => ({ value, label: t(`method.${value}`) }))}
      />
      <TextInput
        name="day"
        type="date"
        label={t("recon.day")}
        defaultValue={dayInBeijing(now, 1)}
        max={dayInBeijing(now, 0)}
        min={dayInBeijing(now, 90)}
        required
        withAsterisk={false}
      />
      <Button type="submit" loading={start.isPending}>
        {t("recon.start")}
      </Button>
      <p className={classes.help}>{t("recon.startHelp")}</p>
      {start.isError ? (
        <Notice level="bad" title={problem(refusalOf(start.error).code)}>
          {refusalOf(start.error).detail}
        </Notice>
      ) : null}
    </form>
  );
}
