import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Dialog } from "../../../ui/dialog.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { api } from "../../api.ts";
import { useFormats, useSaid, useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import classes from "./drills.module.css";
import { Readings } from "./hypothesis.tsx";
import { type Drill, dryRunQuery } from "./queries.ts";
import { useDrillWords } from "./use-drill-words.ts";

/** What a drill would touch now, and the way to begin it. Nothing is touched by looking. */
export function DryRunDialog({ drill, onClose }: { drill: Drill; onClose: () => void }) {
  const t = useWords();
  const said = useSaid();
  const formats = useFormats();
  const words = useDrillWords();
  const may = useMay()("drills.run");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const dry = useQuery(dryRunQuery(drill.slug));
  const start = useMutation({
    mutationFn: (mode: "rehearsal" | "surprise") =>
      api.startDrill({ params: { slug: drill.slug }, body: { mode } }),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ["drills", "list"] });
      await navigate({ to: "/drills/runs/$id", params: { id } });
    },
  });
  const found = dry.data;
  return (
    <Dialog
      title={t("drills.tryOf", { drill: said(drill.title) })}
      close={t("drills.close")}
      onClose={onClose}
    >
      <div className={classes.dry}>
        <p className={classes.belief}>{said(drill.belief)}</p>
        <Refused error={dry.error ?? start.error} />
        {found === undefined ? (
          dry.isError ? null : (
            <p className={classes.muted}>{t("drills.dry.loading")}</p>
          )
        ) : (
          <>
            <ul className={classes.plain}>
              {found.faults.map(({ fault, targets }) => (
                <li key={words.fault(fault)}>
                  {words.fault(fault)}
                  {targets.length === 0 ? null : (
                    <span className={classes.muted}>
                      {" "}
                      · {t("drills.dry.targets")} {targets.join(", ")}
                    </span>
                  )}
                </li>
              ))}
            </ul>
            <p>
              {words.radius(drill)}
              {". "}
              {t("drills.dry.orders", {
                orders: formats.count(found.orders),
                buyers: formats.count(found.buyers),
              })}
            </p>
            <h3 className={classes.part}>{t("drills.dry.figures")}</h3>
            <Readings drill={drill} columns={[{ title: t("drills.run.now"), readings: found.figures }]} />
            <p className={classes.muted}>
              {found.onDuty.length === 0
                ? t("drills.dry.nobody")
                : t("drills.dry.duty", { people: found.onDuty.join(", ") })}
            </p>
            {found.obstacles.length === 0 ? (
              <Notice level="ok" title={t("drills.dry.clear")}>
                {found.approvalsNeeded > 1
                  ? t("drills.dry.approvals", { count: found.approvalsNeeded })
                  : t("drills.dry.surpriseText")}
              </Notice>
            ) : (
              <Notice level="warn" title={t("drills.dry.obstacles")}>
                {found.obstacles.map(({ detail }) => said(detail)).join(" · ")}
              </Notice>
            )}
            {may ? (
              <div className={classes.actions}>
                <Button
                  variant="default"
                  loading={start.isPending && start.variables === "surprise"}
                  disabled={found.faults.some(({ offered }) => !offered)}
                  onClick={() => start.mutate("surprise")}
                >
                  {t("drills.dry.surprise")}
                </Button>
                <Button
                  color="signal"
                  loading={start.isPending && start.variables === "rehearsal"}
                  disabled={found.obstacles.length > 0}
                  onClick={() => start.mutate("rehearsal")}
                >
                  {t("drills.dry.rehearse")}
                </Button>
              </div>
            ) : null}
          </>
        )}
      </div>
    </Dialog>
  );
}
