import { Button, NativeSelect, TextInput } from "@mantine/core";
import { sayName } from "@orderwatch/shared/ops/oncall-names.ts";
import { useState } from "react";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { useSaid, useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import classes from "./oncall.module.css";
import type { Rota } from "./rota.ts";
import { useChangeRota } from "./use-change-rota.ts";

const modes = ["as_usual", "off", "only"] as const;

/** A rota's holidays, and what each of its layers does on them. */
export function HolidaysDialog({ rota, onClose }: { rota: Rota; onClose: () => void }) {
  const t = useWords();
  const say = useSaid();
  const change = useChangeRota(rota, onClose);
  const [rows, setRows] = useState(() => (rota.holidays ?? []).map((holiday, key) => ({ ...holiday, key })));
  const [wrong, setWrong] = useState<string>();
  const submit = (form: FormData) => {
    const holidays = rows.map(({ key }) => ({
      day: textOf(form, `day ${key}`),
      name: textOf(form, `name ${key}`),
    }));
    const days = holidays.map(({ day }) => day);
    const problem = holidays.some(({ day, name }) => day === "" || name === "")
      ? t("holidays.incomplete")
      : new Set(days).size < days.length
        ? t("holidays.twice")
        : undefined;
    setWrong(problem);
    if (problem !== undefined) return;
    const layers = rota.layers.map((layer, at) => ({
      ...layer,
      onHolidays: modes.find((mode) => mode === textOf(form, `mode ${at}`)) ?? layer.onHolidays,
    }));
    change.mutate({ holidays: holidays.sort((a, b) => a.day.localeCompare(b.day)), layers });
  };
  return (
    <FormDialog
      title={t("holidays.title", { rota: say(sayName(rota.name)) })}
      effect={t("holidays.effect", { zone: rota.timeZone })}
      action={t("rota.save")}
      cancel={t("app.cancel")}
      isBusy={change.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      {rows.map(({ key, day, name }) => (
        <div key={key} className={classes.holiday}>
          <TextInput type="date" name={`day ${key}`} label={t("holidays.day")} defaultValue={day} />
          <TextInput
            name={`name ${key}`}
            label={t("holidays.name")}
            defaultValue={name}
            maxLength={80}
            autoComplete="off"
          />
          <Button
            variant="default"
            onClick={() => setRows((all) => all.filter((each) => each.key !== key))}
            aria-label={t("holidays.removeNamed", { name })}
          >
            {t("holidays.remove")}
          </Button>
        </div>
      ))}
      {wrong === undefined ? null : (
        <p role="alert" className={classes.wrong}>
          {wrong}
        </p>
      )}
      {rows.length < 200 ? (
        <Button
          variant="default"
          onClick={() =>
            setRows((all) => [
              ...all,
              { day: "", name: "", key: Math.max(0, ...all.map(({ key }) => key)) + 1 },
            ])
          }
        >
          {t("holidays.add")}
        </Button>
      ) : null}
      {rota.layers.map((layer, at) => (
        <NativeSelect
          key={layer.name}
          name={`mode ${at}`}
          label={t("holidays.mode", { layer: say(sayName(layer.name)) })}
          defaultValue={layer.onHolidays}
          data={modes.map((mode) => ({ value: mode, label: t(`holidays.mode.${mode}`) }))}
        />
      ))}
      <Refused error={change.error} />
    </FormDialog>
  );
}
