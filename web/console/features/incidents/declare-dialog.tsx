import { Button, Textarea, TextInput } from "@mantine/core";
import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useWords } from "../../words.ts";
import classes from "./incidents.module.css";
import { incidentQuery } from "./queries.ts";

/** Declares an incident by hand, about an order where it was asked for on an order's page, and leads to its screen. */
export function DeclareDialog({ orderId, onClose }: { orderId?: string | undefined; onClose: () => void }) {
  const t = useWords();
  const { problem } = useCodeWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [level, setLevel] = useState<"1" | "2" | "3">(orderId === undefined ? "2" : "3");
  const [isMissing, setMissing] = useState(false);
  const declare = useMutation({
    mutationFn: ({ title, note }: { title: string; note: string }) =>
      api.declareIncident({
        body: {
          level: Number(level) as Incident["level"],
          title,
          ...(note === "" ? {} : { note }),
          ...(orderId === undefined ? {} : { orderIds: [orderId] }),
        },
      }),
    onSuccess: async (incident) => {
      queries.setQueryData(incidentQuery(incident.id).queryKey, incident);
      void queries.invalidateQueries({ queryKey: ["incidents"] });
      // Closing may take `declare` out of the address, so it comes before the way to the new incident.
      onClose();
      await navigate({ to: "/incidents/$id", params: { id: incident.id } });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const title = String(form.get("title") ?? "").trim();
    setMissing(title === "");
    if (title !== "") declare.mutate({ title, note: String(form.get("note") ?? "").trim() });
  };
  return (
    <Dialog title={t("declare.title")} onClose={onClose}>
      <form onSubmit={submit} className={classes.fields} noValidate>
        {orderId === undefined ? null : <p>{t("declare.aboutOrder", { id: `${orderId.slice(0, 13)}…` })}</p>}
        <TextInput
          name="title"
          label={t("declare.what")}
          description={t("declare.whatHelp")}
          error={isMissing ? t("declare.whatMissing") : undefined}
          maxLength={200}
          autoComplete="off"
          data-autofocus
          required
          withAsterisk={false}
        />
        <div>
          <Segmented
            label={t("declare.level")}
            value={level}
            choices={(["1", "2", "3"] as const).map((value) => ({
              value,
              label: t(`incident.level.${value}`),
            }))}
            onChange={setLevel}
          />
          <p>{t(`incident.level.${level}.text`)}</p>
        </div>
        <Textarea
          name="note"
          label={t("incident.note")}
          description={t("incident.noteHelp")}
          maxLength={2_000}
          rows={2}
        />
        {declare.isError ? (
          <Notice level="bad" title={problem(refusalOf(declare.error).code)}>
            {refusalOf(declare.error).detail}
          </Notice>
        ) : null}
        <p>{t("declare.pages")}</p>
        <div className={classes.actions}>
          <Button variant="default" onClick={onClose}>
            {t("app.cancel")}
          </Button>
          <Button type="submit" color={level === "1" ? "alarm" : "signal"} loading={declare.isPending}>
            {t("declare.submit")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
