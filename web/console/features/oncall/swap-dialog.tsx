import { NativeSelect, TextInput } from "@mantine/core";
import type { Shift } from "@orderwatch/shared/ops/oncall.ts";
import { sayName } from "@orderwatch/shared/ops/oncall-names.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { api } from "../../api.ts";
import { useSaid, useWords } from "../../words.ts";
import { useMe } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import { restOf } from "./lanes.ts";
import type { Rota } from "./rota.ts";
import { useMomentWords } from "./use-moment-words.ts";

/** Two shifts change places. */
export function SwapDialog({
  rota,
  shifts,
  onClose,
}: {
  rota: Rota;
  shifts: readonly Shift[];
  onClose: () => void;
}) {
  const t = useWords();
  const say = useSaid();
  const me = useMe();
  const moment = useMomentWords();
  const queries = useQueryClient();
  const [now] = useState(() => new Date());
  const [isSame, setSame] = useState(false);
  const open = shifts.flatMap((shift) => {
    const rest = restOf(shift, now);
    return rest === null || shift.person === null ? [] : [{ ...rest, person: shift.person }];
  });
  const mine = Math.max(
    0,
    open.findIndex(({ person }) => person.id === me.id),
  );
  const other = open.findIndex(({ person }) => person.id !== open[mine]?.person.id);
  const create = useMutation({
    mutationFn: (body: Parameters<typeof api.swapShifts>[0]["body"]) =>
      api.swapShifts({ params: { id: rota.id }, body }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["oncall"] });
      onClose();
    },
  });
  const submit = (form: FormData) => {
    const give = open[Number(textOf(form, "give"))];
    const take = open[Number(textOf(form, "take"))];
    const reason = textOf(form, "reason");
    const isOne = give === undefined || take === undefined || give.person.id === take.person.id;
    setSame(isOne);
    if (isOne) return;
    create.mutate({
      give: { from: give.from, until: give.until },
      take: { from: take.from, until: take.until },
      ...(reason === "" ? {} : { reason }),
    });
  };
  const data = open.map(({ person, from, until }, at) => ({
    value: String(at),
    label: `${person.name}: ${moment(from)} – ${moment(until)}`,
  }));
  return (
    <FormDialog
      title={t("swap.title", { rota: say(sayName(rota.name)) })}
      effect={t("swap.effect")}
      action={t("oncall.swap")}
      cancel={t("app.cancel")}
      isBusy={create.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      {other === -1 ? <Notice level="info" title={t("swap.alone")} /> : null}
      <NativeSelect name="give" label={t("swap.give")} defaultValue={String(mine)} data={data} />
      <NativeSelect
        name="take"
        label={t("swap.take")}
        defaultValue={String(Math.max(0, other))}
        data={data}
        error={isSame ? t("swap.same") : undefined}
      />
      <TextInput name="reason" label={t("override.reason")} maxLength={200} autoComplete="off" />
      <Refused error={create.error} />
    </FormDialog>
  );
}
