import { Button, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { textOf } from "../../../ui/form-dialog.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { useMay, useMe } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import shared from "./drills.module.css";
import { drillRunQuery, type Run } from "./queries.ts";
import classes from "./run.module.css";

/** What follows from a run, with who does it by when. */
export function FollowUps({ run }: { run: Run }) {
  const t = useWords();
  const queries = useQueryClient();
  const me = useMe();
  const may = useMay()("drills.follow_up");
  const form = useRef<HTMLFormElement>(null);
  const changed = () => queries.invalidateQueries({ queryKey: drillRunQuery(run.id).queryKey });
  const add = useMutation({
    mutationFn: (given: FormData) => {
      const dueOn = textOf(given, "dueOn");
      return api.addDrillAction({
        params: { id: run.id },
        body: {
          text: textOf(given, "text"),
          ...(given.get("mine") === "on" ? { ownerId: me.id } : {}),
          ...(dueOn === "" ? {} : { dueOn }),
        },
      });
    },
    onSuccess: async () => {
      form.current?.reset();
      await changed();
    },
  });
  const mark = useMutation({
    mutationFn: ({ id, done }: { id: string; done: boolean }) =>
      api.changeDrillAction({ params: { id: run.id, actionId: id }, body: { done } }),
    onSettled: changed,
  });
  return (
    <Panel title={t("drills.actions.title")}>
      {run.actions.length === 0 ? <p className={shared.muted}>{t("drills.actions.none")}</p> : null}
      <ul className={classes.followUps}>
        {run.actions.map(({ id, text, owner, dueOn, doneAt }) => (
          <li key={id}>
            <input
              type="checkbox"
              checked={doneAt !== null}
              disabled={!may || mark.isPending}
              aria-label={t("drills.actions.doneOf", { text })}
              onChange={(event) => mark.mutate({ id, done: event.currentTarget.checked })}
            />
            <span data-done={doneAt !== null || undefined}>{text}</span>
            <span className={shared.muted}>
              {owner?.name ?? t("drills.actions.nobody")}
              {dueOn === null ? "" : ` · ${dueOn}`}
            </span>
          </li>
        ))}
      </ul>
      {may ? (
        <form
          ref={form}
          className={classes.addAction}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            add.mutate(new FormData(event.currentTarget));
          }}
        >
          <TextInput
            name="text"
            aria-label={t("drills.actions.text")}
            placeholder={t("drills.actions.text")}
          />
          <TextInput name="dueOn" type="date" aria-label={t("drills.actions.due")} />
          <label className={shared.schedule}>
            <input type="checkbox" name="mine" /> {t("drills.actions.mine")}
          </label>
          <Button type="submit" variant="default" loading={add.isPending}>
            {t("drills.actions.add")}
          </Button>
          <Refused error={add.error ?? mark.error} />
        </form>
      ) : null}
    </Panel>
  );
}
