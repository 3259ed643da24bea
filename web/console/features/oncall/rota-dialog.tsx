import { NativeSelect, TextInput } from "@mantine/core";
import { sayName } from "@orderwatch/shared/ops/oncall-names.ts";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { useSaid, useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import classes from "./oncall.module.css";
import { peopleQuery } from "./queries.ts";
import type { Rota } from "./rota.ts";
import { useChangeRota } from "./use-change-rota.ts";

/** Who takes turns in each layer of a rota, and when they hand over. */
export function RotaDialog({ rota, onClose }: { rota: Rota; onClose: () => void }) {
  const t = useWords();
  const say = useSaid();
  const people = useQuery(peopleQuery);
  const [wrong, setWrong] = useState<ReadonlySet<number>>(new Set());
  const change = useChangeRota(rota, onClose);
  if (people.data === undefined) return null;
  const everybody = people.data.items;
  const submit = (form: FormData) => {
    const layers = rota.layers.map((layer, at) => {
      const chosen = form.getAll(`people ${at}`).map(String);
      const stay = layer.people.filter((id) => chosen.includes(id));
      return {
        ...layer,
        // Whoever is new comes after those who have their turns already.
        people: [...stay, ...chosen.filter((id) => !stay.includes(id))],
        rotation: {
          unit: textOf(form, `unit ${at}`) === "day" ? ("day" as const) : ("week" as const),
          count: layer.rotation.count,
          handoffAt: textOf(form, `handoff ${at}`),
        },
      };
    });
    const empty = layers.flatMap((layer, at) => (layer.people.length === 0 ? [at] : []));
    setWrong(new Set(empty));
    const name = textOf(form, "name");
    if (empty.length === 0 && name !== "")
      change.mutate({ layers, name: name === say(sayName(rota.name)) ? rota.name : name });
  };
  return (
    <FormDialog
      title={t("rota.title", { rota: say(sayName(rota.name)) })}
      effect={t("rota.effect")}
      action={t("rota.save")}
      cancel={t("app.cancel")}
      isBusy={change.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        name="name"
        label={t("rota.name")}
        defaultValue={say(sayName(rota.name))}
        maxLength={80}
        autoComplete="off"
        required
        withAsterisk={false}
      />
      {rota.layers.map((layer, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: layers are told apart by their place.
        <fieldset key={at} className={classes.layer}>
          <legend>{say(sayName(layer.name))}</legend>
          {everybody.map(({ id, name }) => (
            <label key={id}>
              <input
                type="checkbox"
                name={`people ${at}`}
                value={id}
                defaultChecked={layer.people.includes(id)}
              />
              {name}
            </label>
          ))}
          {wrong.has(at) ? (
            <p role="alert" className={classes.wrong}>
              {t("rota.empty")}
            </p>
          ) : null}
          <div className={classes.pair}>
            <NativeSelect
              name={`unit ${at}`}
              label={t("rota.unit")}
              defaultValue={layer.rotation.unit}
              data={(["day", "week"] as const).map((unit) => ({
                value: unit,
                label: t(`rota.unit.${unit}`, { count: layer.rotation.count }),
              }))}
            />
            <TextInput
              name={`handoff ${at}`}
              type="time"
              label={t("rota.handoff", { zone: rota.timeZone })}
              defaultValue={layer.rotation.handoffAt}
            />
          </div>
        </fieldset>
      ))}
      <Refused error={change.error} />
    </FormDialog>
  );
}
