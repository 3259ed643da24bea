import { Button } from "@mantine/core";
import type { Override } from "@orderwatch/shared/ops/oncall.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "../../../ui/confirm.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import classes from "./oncall.module.css";
import { overridesQuery } from "./queries.ts";
import type { Rota } from "./rota.ts";
import { useMomentWords } from "./use-moment-words.ts";

/** Overrides and swaps that have not ended, each with the way to take it back. */
export function Overrides({ rota, mayOverride }: { rota: Rota; mayOverride: boolean }) {
  const t = useWords();
  const moment = useMomentWords();
  const queries = useQueryClient();
  const { data } = useQuery(overridesQuery(rota.id));
  const [asked, setAsked] = useState<Override | null>(null);
  const takeBack = useMutation({
    mutationFn: (id: string) => api.deleteOverride({ params: { id } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["oncall"] });
      setAsked(null);
    },
  });
  if (data === undefined || data.items.length === 0) return null;
  return (
    <>
      <h3 className={classes.sub}>{t("oncall.overrides")}</h3>
      <ul className={classes.rows}>
        {data.items.map((each) => (
          <li key={each.id}>
            <span>
              <strong>{each.person.name}</strong> {moment(each.from)} – {moment(each.until)}
              <small>
                {t(each.swapId === null ? "oncall.overrideBy" : "oncall.swapBy", { name: each.createdBy })}
                {each.reason === null ? "" : ` · ${each.reason}`}
              </small>
            </span>
            {mayOverride ? (
              <Button size="xs" variant="subtle" onClick={() => setAsked(each)}>
                {t("oncall.takeBack")}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {asked === null ? null : (
        <Confirm
          title={t("oncall.takeBackTitle", { name: asked.person.name })}
          action={t("oncall.takeBack")}
          cancel={t("app.cancel")}
          isDangerous={false}
          isBusy={takeBack.isPending}
          onConfirm={() => takeBack.mutate(asked.id)}
          onCancel={() => setAsked(null)}
        >
          <p>{t(asked.swapId === null ? "oncall.takeBackText" : "oncall.takeBackSwapText")}</p>
          <Refused error={takeBack.error} />
        </Confirm>
      )}
    </>
  );
}
