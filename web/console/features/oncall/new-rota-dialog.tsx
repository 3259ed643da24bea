import { NativeSelect, TextInput } from "@mantine/core";
import { firstNames } from "@orderwatch/shared/ops/oncall-names.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { typedMoment } from "../../../lib/local-time.ts";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import classes from "./oncall.module.css";
import { peopleQuery } from "./queries.ts";

/** A rota of one layer; more is added by changing it. */
export function NewRotaDialog({ onClose }: { onClose: () => void }) {
  const t = useWords();
  const queries = useQueryClient();
  const people = useQuery(peopleQuery);
  const [now] = useState(() => new Date());
  const [wrong, setWrong] = useState<{ name?: string; people?: string }>({});
  const create = useMutation({
    mutationFn: (body: Parameters<typeof api.createRota>[0]["body"]) => api.createRota({ body }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["oncall"] });
      onClose();
    },
  });
  const submit = (form: FormData) => {
    const name = textOf(form, "name");
    const chosen = form.getAll("people").map(String);
    setWrong({
      ...(name === "" ? { name: t("rota.nameMissing") } : {}),
      ...(chosen.length === 0 ? { people: t("rota.empty") } : {}),
    });
    if (name === "" || chosen.length === 0) return;
    create.mutate({
      name,
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      layers: [
        {
          name: firstNames.layer,
          people: chosen,
          rotation: {
            unit: textOf(form, "unit") === "day" ? "day" : "week",
            count: 1,
            handoffAt: textOf(form, "handoff"),
          },
          startsOn: textOf(form, "startsOn"),
        },
      ],
    });
  };
  return (
    <FormDialog
      title={t("rota.new")}
      effect={t("rota.newEffect")}
      action={t("rota.create")}
      cancel={t("app.cancel")}
      isBusy={create.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        name="name"
        label={t("rota.name")}
        error={wrong.name}
        maxLength={80}
        autoComplete="off"
        data-autofocus
      />
      <fieldset className={classes.layer}>
        <legend>{t("rota.people")}</legend>
        {people.data?.items.map(({ id, name }) => (
          <label key={id}>
            <input type="checkbox" name="people" value={id} />
            {name}
          </label>
        ))}
        {wrong.people === undefined ? null : (
          <p role="alert" className={classes.wrong}>
            {wrong.people}
          </p>
        )}
      </fieldset>
      <div className={classes.pair}>
        <NativeSelect
          name="unit"
          label={t("rota.unit")}
          defaultValue="week"
          data={(["day", "week"] as const).map((unit) => ({
            value: unit,
            label: t(`rota.unit.${unit}`, { count: 1 }),
          }))}
        />
        <TextInput
          name="handoff"
          type="time"
          label={t("rota.handoff", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}
          defaultValue="09:00"
        />
      </div>
      <TextInput
        name="startsOn"
        type="date"
        label={t("rota.startsOn")}
        defaultValue={typedMoment(now).slice(0, 10)}
      />
      <Refused error={people.error ?? create.error} />
    </FormDialog>
  );
}
