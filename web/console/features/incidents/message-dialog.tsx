import { Textarea, TextInput } from "@mantine/core";
import type { ProposeBuyerMessage } from "@orderwatch/shared/ops/buyer-messages.ts";
import type { IncidentDetail } from "@orderwatch/shared/ops/incidents.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { Empty, Notice } from "../../../ui/notice.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useWords } from "../../words.ts";
import { buyerDraftQuery, incidentQuery } from "./queries.ts";
import classes from "./told.module.css";
import { useTexts } from "./use-texts.ts";

const languages = ["zh-CN", "en"] as const;

/** A message to the buyers of affected orders: whom it reaches and by what, in words that may be changed. */
export function MessageDialog({ incident, onClose }: { incident: IncidentDetail; onClose: () => void }) {
  const t = useWords();
  const texts = useTexts();
  const { problem } = useCodeWords();
  const queries = useQueryClient();
  const draft = useQuery(buyerDraftQuery(incident));
  const [missing, setMissing] = useState<readonly string[]>([]);
  const propose = useMutation({
    mutationFn: (body: ProposeBuyerMessage) => api.proposeBuyerMessage({ params: { id: incident.id }, body }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: incidentQuery(incident.id).queryKey });
      onClose();
    },
  });
  const submit = (form: FormData) => {
    const both = (name: string) => ({
      "zh-CN": textOf(form, `${name} zh-CN`),
      en: textOf(form, `${name} en`),
    });
    const [title, text] = [both("head"), both("text")];
    const empty = languages.flatMap((language) => [
      ...(title[language] === "" ? [`head ${language}`] : []),
      ...(text[language] === "" ? [`text ${language}`] : []),
    ]);
    setMissing(empty);
    if (empty.length === 0 && draft.data?.obstacle === null) propose.mutate({ title, text });
  };
  const errorOf = (name: string) => (missing.includes(name) ? t("told.missing") : undefined);
  const { data } = draft;
  return (
    <FormDialog
      title={`${t("told.buyers.write")} · #${incident.number}`}
      effect={
        data === undefined
          ? t("app.loading")
          : `${t("told.buyers.reach", { ...data.reach })} ${t(data.needsApproval ? "told.buyers.effectLevel1" : "told.buyers.effect")}`
      }
      action={t(data?.needsApproval === true ? "told.propose" : "told.buyers.send")}
      cancel={t("app.cancel")}
      isBusy={propose.isPending || data === undefined}
      onSubmit={submit}
      onClose={onClose}
    >
      {data === undefined ? (
        draft.isError ? (
          <Notice level="bad" title={problem(refusalOf(draft.error).code)} />
        ) : (
          <Empty title={t("app.loading")} />
        )
      ) : data.obstacle !== null ? (
        <Notice level="warn" title={texts(data.obstacle)} />
      ) : (
        languages.map((language) => (
          <div key={language} className={classes.language}>
            <TextInput
              name={`head ${language}`}
              label={t(`told.head.${language}`)}
              defaultValue={data.title[language]}
              error={errorOf(`head ${language}`)}
              maxLength={40}
              lang={language}
            />
            <Textarea
              name={`text ${language}`}
              label={t(`told.text.${language}`)}
              defaultValue={data.text[language]}
              error={errorOf(`text ${language}`)}
              maxLength={300}
              lang={language}
              rows={3}
            />
          </div>
        ))
      )}
      {propose.isError ? <Notice level="bad" title={problem(refusalOf(propose.error).code)} /> : null}
    </FormDialog>
  );
}
