import { Button, Textarea, TextInput } from "@mantine/core";
import type { EditPostmortem } from "@orderwatch/shared/ops/postmortems.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { useLocale } from "../../../lib/i18n/use-locale.ts";
import { textOf } from "../../../ui/form-dialog.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useWords } from "../../words.ts";
import classes from "./postmortem.module.css";
import type { PostmortemView } from "./postmortem.ts";
import { postmortemQuery } from "./queries.ts";

type Action = EditPostmortem["actions"][number] & { key: number };

/** What people add: the summary, what contributed, and who does what until when. */
export function PostmortemForm({
  postmortem,
  mayWrite,
  onReload,
}: {
  postmortem: PostmortemView;
  mayWrite: boolean;
  /** Begins again with what is stored now. */
  onReload: () => void;
}) {
  const t = useWords();
  const locale = useLocale();
  const { problem } = useCodeWords();
  const queries = useQueryClient();
  const [actions, setActions] = useState<readonly Action[]>(() =>
    postmortem.actions.map((action, key) => ({ ...action, done: action.done === true, key })),
  );
  // The revision that was read: a colleague's, which came meanwhile, is not to be overwritten unseen.
  const [revision, setRevision] = useState(postmortem.revision);
  const [isIncomplete, setIncomplete] = useState(false);
  const save = useMutation({
    mutationFn: (body: EditPostmortem) =>
      api.editPostmortem({ params: { id: postmortem.incidentId }, query: { language: locale }, body }),
    onSuccess: (changed) => {
      setRevision(changed.revision);
      queries.setQueryData(postmortemQuery(postmortem.incidentId, locale).queryKey, changed);
    },
  });
  const change = (key: number, changed: Partial<Action>) =>
    setActions(actions.map((action) => (action.key === key ? { ...action, ...changed } : action)));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { submitter } = event.nativeEvent as SubmitEvent;
    const form = new FormData(event.currentTarget);
    const given = actions.map(({ key: _, what, owner, dueOn, done }) => ({
      ...{ what: what.trim(), owner: owner.trim(), dueOn, done },
    }));
    const isMissing = given.some(({ what, owner, dueOn }) => what === "" || owner === "" || dueOn === "");
    setIncomplete(isMissing);
    if (isMissing) return;
    save.mutate({
      summary: textOf(form, "summary"),
      factors: textOf(form, "factors")
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== ""),
      actions: given,
      state: submitter?.getAttribute("value") === "published" ? "published" : postmortem.state,
      revision,
    });
  };
  return (
    <Panel title={t("postmortem.written")}>
      <form onSubmit={submit} className={classes.form} noValidate>
        <Textarea
          name="summary"
          label={t("postmortem.summary")}
          description={t("postmortem.summaryHelp")}
          defaultValue={postmortem.summary}
          maxLength={8_000}
          rows={5}
          readOnly={!mayWrite}
        />
        <Textarea
          name="factors"
          label={t("postmortem.factors")}
          defaultValue={postmortem.factors.join("\n")}
          rows={4}
          readOnly={!mayWrite}
        />
        <fieldset className={classes.actions}>
          <legend>{t("postmortem.actions")}</legend>
          {actions.length === 0 ? <p className={classes.muted}>{t("postmortem.noActions")}</p> : null}
          {actions.map((action) => (
            <div key={action.key} className={classes.action}>
              <TextInput
                label={t("postmortem.what")}
                value={action.what}
                maxLength={500}
                readOnly={!mayWrite}
                onChange={({ currentTarget: { value } }) => change(action.key, { what: value })}
              />
              <TextInput
                label={t("postmortem.owner")}
                value={action.owner}
                maxLength={100}
                readOnly={!mayWrite}
                onChange={({ currentTarget: { value } }) => change(action.key, { owner: value })}
              />
              <TextInput
                type="date"
                label={t("postmortem.dueOn")}
                value={action.dueOn}
                readOnly={!mayWrite}
                onChange={({ currentTarget: { value } }) => change(action.key, { dueOn: value })}
              />
              <label className={classes.done}>
                <input
                  type="checkbox"
                  checked={action.done}
                  disabled={!mayWrite}
                  onChange={({ currentTarget: { checked } }) => change(action.key, { done: checked })}
                />
                {t("postmortem.done")}
              </label>
              {mayWrite ? (
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="alarm"
                  onClick={() => setActions(actions.filter(({ key }) => key !== action.key))}
                >
                  {t("postmortem.remove")}
                </Button>
              ) : null}
            </div>
          ))}
        </fieldset>
        {mayWrite ? (
          <div className={classes.buttons}>
            <Button
              variant="default"
              onClick={() =>
                setActions([
                  ...actions,
                  { key: (actions.at(-1)?.key ?? -1) + 1, what: "", owner: "", dueOn: "", done: false },
                ])
              }
            >
              {t("postmortem.add")}
            </Button>
            <Button type="submit" value="draft" variant="default" loading={save.isPending}>
              {t("postmortem.save")}
            </Button>
            {postmortem.state === "published" ? null : (
              <Button type="submit" value="published" loading={save.isPending}>
                {t("postmortem.publish")}
              </Button>
            )}
          </div>
        ) : null}
        {isIncomplete ? <Notice level="bad" title={t("postmortem.incomplete")} /> : null}
        {save.isError ? (
          <Notice
            level="bad"
            title={problem(refusalOf(save.error).code)}
            actions={
              <Button size="xs" variant="default" onClick={onReload}>
                {t("postmortem.reload")}
              </Button>
            }
          />
        ) : null}
        {save.isSuccess && !isIncomplete ? <Notice level="ok" title={t("postmortem.saved")} /> : null}
      </form>
    </Panel>
  );
}
