import { Button, TextInput } from "@mantine/core";
import type { ContactPoint } from "@orderwatch/shared/ops/notify.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, lazy, Suspense, useState } from "react";
import { Confirm } from "../../../ui/confirm.tsx";
import { textOf } from "../../../ui/form-dialog.tsx";
import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { Status } from "../../../ui/status.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import classes from "./notify.module.css";
import { contactPointsQuery } from "./queries.ts";

const ContactDialog = lazy(() =>
  import("./contact-dialog.tsx").then(({ ContactDialog }) => ({ default: ContactDialog })),
);

/** My ways to be reached, in the order in which they are tried. */
export function ContactPoints() {
  const t = useWords();
  const queries = useQueryClient();
  const points = useQuery(contactPointsQuery);
  const [asked, setAsked] = useState<"add" | ContactPoint | null>(null);
  const refresh = () => queries.invalidateQueries();
  const arrange = useMutation({
    mutationFn: (ids: string[]) => api.arrangeContactPoints({ body: { ids } }),
    onSuccess: refresh,
  });
  const remove = useMutation({
    mutationFn: (id: string) => api.removeContactPoint({ params: { id } }),
    onSuccess: async () => {
      await refresh();
      setAsked(null);
    },
  });
  const items = points.data?.items ?? [];
  const movable = items.filter(({ channel }) => channel !== "mailbox");
  const raise = (id: string) => {
    const ids = movable.map((each) => each.id);
    const at = ids.indexOf(id);
    arrange.mutate(ids.toSpliced(at, 1).toSpliced(at - 1, 0, id));
  };
  return (
    <Panel
      id="contact-points"
      title={t("contact.title")}
      note={t("contact.note")}
      flush
      aside={
        <Button size="xs" onClick={() => setAsked("add")}>
          {t("contact.add")}
        </Button>
      }
    >
      {points.data === undefined ? (
        <Empty title={t("app.loading")} />
      ) : items.length === 0 ? (
        <Empty title={t("contact.none")}>{t("contact.noneText")}</Empty>
      ) : (
        <ol className={classes.points}>
          {items.map((point) => (
            <li key={point.id}>
              <div className={classes.point}>
                <strong>{t(`channel.${point.channel}`)}</strong>
                <span className={classes.target}>{point.target}</span>
                <Status level={point.verified ? "ok" : "warn"}>
                  {t(point.verified ? "contact.verified" : "contact.unverified")}
                </Status>
                {point.channel === "mailbox" ? null : (
                  <span className={classes.tools}>
                    {movable[0]?.id === point.id ? null : (
                      <Button size="xs" variant="subtle" onClick={() => raise(point.id)}>
                        {t("contact.raise")}
                      </Button>
                    )}
                    <Button size="xs" variant="subtle" color="alarm" onClick={() => setAsked(point)}>
                      {t("contact.remove")}
                    </Button>
                  </span>
                )}
              </div>
              {point.verified ? null : <Verify id={point.id} onVerified={refresh} />}
            </li>
          ))}
        </ol>
      )}
      <Refused error={points.error ?? arrange.error} />
      <Suspense fallback={null}>
        {asked === "add" ? <ContactDialog onClose={() => setAsked(null)} /> : null}
      </Suspense>
      {asked === null || asked === "add" ? null : (
        <Confirm
          title={t("contact.removeTitle", { target: asked.target })}
          action={t("contact.remove")}
          cancel={t("app.cancel")}
          isDangerous
          isBusy={remove.isPending}
          onConfirm={() => remove.mutate(asked.id)}
          onCancel={() => setAsked(null)}
        >
          <p>{t("contact.removeText")}</p>
          <Refused error={remove.error} />
        </Confirm>
      )}
    </Panel>
  );
}

/** Takes the code that went to the new address. */
function Verify({ id, onVerified }: { id: string; onVerified: () => Promise<void> }) {
  const t = useWords();
  const verify = useMutation({
    mutationFn: (code: string) => api.verifyContactPoint({ params: { id }, body: { code } }),
    onSuccess: onVerified,
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    verify.mutate(textOf(new FormData(event.currentTarget), "code"));
  };
  return (
    <form onSubmit={submit} className={classes.verify}>
      <TextInput
        name="code"
        size="xs"
        label={t("contact.code")}
        inputMode="numeric"
        autoComplete="one-time-code"
        pattern="[0-9]{6}"
        maxLength={6}
        required
        withAsterisk={false}
      />
      <Button type="submit" size="xs" loading={verify.isPending}>
        {t("contact.confirm")}
      </Button>
      <Refused error={verify.error} />
    </form>
  );
}
