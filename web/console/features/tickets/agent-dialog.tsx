import { TextInput } from "@mantine/core";
import type { Agent } from "@orderwatch/shared/ops/ticket-team.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { readMoment, typedMoment } from "../../../lib/local-time.ts";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import classes from "./team.module.css";

const typed = (at: string | null) => (at === null ? "" : typedMoment(new Date(at)));

/** How somebody works on tickets; being away and getting them unasked is everybody's own to say. */
export function AgentDialog({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const t = useWords();
  const maySet = useMay()("tickets.settings");
  const queries = useQueryClient();
  const [wrong, setWrong] = useState(false);
  const change = useMutation({
    mutationFn: (body: Parameters<typeof api.changeAgent>[0]["body"]) =>
      api.changeAgent({ params: { id: agent.id }, body }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["agents"] });
      onClose();
    },
  });
  const submit = (form: FormData) => {
    const capacity = Number(textOf(form, "capacity"));
    const isWrong = maySet && !(Number.isInteger(capacity) && capacity >= 0 && capacity <= 500);
    setWrong(isWrong);
    if (isWrong) return;
    const skills = textOf(form, "skills").split(/[\s,，、]+/);
    change.mutate({
      autoAssign: form.get("autoAssign") !== null,
      outFrom: readMoment(textOf(form, "outFrom")),
      outUntil: readMoment(textOf(form, "outUntil")),
      ...(maySet ? { capacity, skills: skills.filter((skill) => skill !== "") } : {}),
    });
  };
  return (
    <FormDialog
      title={agent.name}
      effect={t("team.effect")}
      action={t("team.save")}
      cancel={t("app.cancel")}
      isBusy={change.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      {maySet ? (
        <>
          <TextInput
            name="capacity"
            inputMode="numeric"
            label={t("team.capacity")}
            description={t("team.capacityHelp")}
            error={wrong ? t("team.capacityWrong") : null}
            defaultValue={String(agent.capacity)}
            maxLength={3}
            autoComplete="off"
          />
          <TextInput
            name="skills"
            label={t("team.skills")}
            description={t("team.skillsHelp")}
            defaultValue={agent.skills.join(" ")}
            maxLength={500}
            autoComplete="off"
          />
        </>
      ) : null}
      <label className={classes.choice}>
        <input type="checkbox" name="autoAssign" defaultChecked={agent.autoAssign} />
        {t("team.autoAssign")}
      </label>
      <TextInput
        name="outFrom"
        type="datetime-local"
        label={t("team.outFrom")}
        defaultValue={typed(agent.outFrom)}
      />
      <TextInput
        name="outUntil"
        type="datetime-local"
        label={t("team.outUntil")}
        defaultValue={typed(agent.outUntil)}
      />
      <Refused error={change.error} />
    </FormDialog>
  );
}
