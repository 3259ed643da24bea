import { Textarea } from "@mantine/core";
import type { IncidentDetail } from "@orderwatch/shared/ops/incidents.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { newId } from "../../../lib/new-id.ts";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import classes from "./incident-tickets.module.css";
import { incidentQuery } from "./queries.ts";
import told from "./told.module.css";

const languages = ["zh-CN", "en"] as const satisfies readonly Language[];
type Draft = Record<(typeof languages)[number], string>;

/** One word on how it goes, for the buyers of all linked tickets: written in both languages, read once more, then sent. */
export function ProgressDialog({
  incident,
  reach,
  onClose,
}: {
  incident: IncidentDetail;
  /** Buyers who would read it at once. */
  reach: number;
  onClose: () => void;
}) {
  const t = useWords();
  const queries = useQueryClient();
  const [draft, setDraft] = useState<Draft>({ "zh-CN": "", en: "" });
  const [isRead, setRead] = useState(false);
  const [isTried, setTried] = useState(false);
  // The same word keeps its id however often it is sent, so that nobody reads it twice.
  const [id] = useState(newId);
  const tell = useMutation({
    mutationFn: () => api.tellTicketProgress({ params: { id: incident.id }, body: { id, text: draft } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: incidentQuery(incident.id).queryKey });
      onClose();
    },
  });
  const title = `${t("incident.tickets.tell")} · #${incident.number}`;
  if (isRead)
    return (
      <FormDialog
        title={title}
        effect={t("incident.tickets.effect", { count: reach })}
        action={t("incident.tickets.send", { count: reach })}
        cancel={t("incident.tickets.back")}
        isBusy={tell.isPending}
        onSubmit={() => tell.mutate()}
        onClose={() => setRead(false)}
      >
        {languages.map((language) => (
          <div key={language} lang={language} className={classes.preview}>
            <b>{t(`incident.tickets.reads.${language}`)}</b>
            {draft[language]}
          </div>
        ))}
        <Refused error={tell.error} />
      </FormDialog>
    );
  return (
    <FormDialog
      title={title}
      effect={t("incident.tickets.effect", { count: reach })}
      action={t("incident.tickets.preview")}
      cancel={t("app.cancel")}
      isBusy={false}
      onSubmit={(form) => {
        const written = { "zh-CN": textOf(form, "zh-CN"), en: textOf(form, "en") };
        setDraft(written);
        setTried(true);
        if (languages.every((language) => written[language] !== "")) setRead(true);
      }}
      onClose={onClose}
    >
      <div className={told.language}>
        {languages.map((language) => (
          <Textarea
            key={language}
            name={language}
            lang={language}
            label={t(`told.text.${language}`)}
            defaultValue={draft[language]}
            error={isTried && draft[language] === "" ? t("told.missing") : undefined}
            maxLength={1_000}
            autosize
            minRows={3}
          />
        ))}
      </div>
    </FormDialog>
  );
}
