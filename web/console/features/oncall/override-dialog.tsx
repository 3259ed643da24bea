import { NativeSelect, TextInput } from "@mantine/core";
import { sayName } from "@orderwatch/shared/ops/oncall-names.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { readMoment, typedMoment } from "../../../lib/local-time.ts";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { api } from "../../api.ts";
import { useSaid, useWords } from "../../words.ts";
import { useMe } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import { peopleQuery } from "./queries.ts";
import type { Rota } from "./rota.ts";

const usualMs = 4 * 3_600_000;

/** Puts somebody on duty for a while, whatever the rota says. */
export function OverrideDialog({
  rota,
  from,
  until,
  onClose,
}: {
  rota: Rota;
  from?: string | undefined;
  until?: string | undefined;
  onClose: () => void;
}) {
  const t = useWords();
  const say = useSaid();
  const me = useMe();
  const queries = useQueryClient();
  const people = useQuery(peopleQuery);
  const [now] = useState(() => new Date());
  const [isWrong, setWrong] = useState(false);
  const create = useMutation({
    mutationFn: (body: Parameters<typeof api.createOverride>[0]["body"]) =>
      api.createOverride({ params: { id: rota.id }, body }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["oncall"] });
      onClose();
    },
  });
  const begins = from === undefined ? now : new Date(from);
  const ends = until === undefined ? new Date(begins.getTime() + usualMs) : new Date(until);
  const submit = (form: FormData) => {
    const starts = readMoment(textOf(form, "from"));
    const stops = readMoment(textOf(form, "until"));
    const reason = textOf(form, "reason");
    const isSpan = starts !== null && stops !== null && Date.parse(starts) < Date.parse(stops);
    setWrong(!isSpan);
    if (!isSpan) return;
    create.mutate({
      userId: textOf(form, "userId"),
      from: starts,
      until: stops,
      ...(reason === "" ? {} : { reason }),
    });
  };
  if (people.data === undefined) return null;
  return (
    <FormDialog
      title={t("override.title", { rota: say(sayName(rota.name)) })}
      effect={t("override.effect")}
      action={t("override.action")}
      cancel={t("app.cancel")}
      isBusy={create.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <NativeSelect
        name="userId"
        label={t("override.person")}
        defaultValue={me.id}
        data={people.data.items.map(({ id, name }) => ({ value: id, label: name }))}
        data-autofocus
      />
      <TextInput
        name="from"
        type="datetime-local"
        label={t("override.from")}
        defaultValue={typedMoment(begins)}
      />
      <TextInput
        name="until"
        type="datetime-local"
        label={t("override.until")}
        defaultValue={typedMoment(ends)}
        error={isWrong ? t("override.spanWrong") : undefined}
      />
      <TextInput name="reason" label={t("override.reason")} maxLength={200} autoComplete="off" />
      <Refused error={people.error ?? create.error} />
    </FormDialog>
  );
}
