import { Button } from "@mantine/core";
import type { Policy } from "@orderwatch/shared/ops/oncall.ts";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Empty } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { ContactPoints } from "../features/notify/contact-points.tsx";
import { Duty } from "../features/oncall/duty.tsx";
import classes from "../features/oncall/oncall.module.css";
import { Policies } from "../features/oncall/policies.tsx";
import {
  onDutyQuery,
  peopleQuery,
  policiesQuery,
  readinessQuery,
  rotasQuery,
} from "../features/oncall/queries.ts";
import { Readiness } from "../features/oncall/readiness.tsx";
import { type Asked, Schedule } from "../features/oncall/schedule.tsx";
import { TestPage } from "../features/oncall/test-page.tsx";
import { useMay, useMe } from "../features/session/me.ts";
import { Refused } from "../features/session/refused.tsx";
import { useWords } from "../words.ts";
import list from "./list.module.css";

const OverrideDialog = lazy(() =>
  import("../features/oncall/override-dialog.tsx").then((loaded) => ({ default: loaded.OverrideDialog })),
);
const SwapDialog = lazy(() =>
  import("../features/oncall/swap-dialog.tsx").then((loaded) => ({ default: loaded.SwapDialog })),
);
const RotaDialog = lazy(() =>
  import("../features/oncall/rota-dialog.tsx").then((loaded) => ({ default: loaded.RotaDialog })),
);
const HolidaysDialog = lazy(() =>
  import("../features/oncall/holidays-dialog.tsx").then((loaded) => ({ default: loaded.HolidaysDialog })),
);
const NewRotaDialog = lazy(() =>
  import("../features/oncall/new-rota-dialog.tsx").then((loaded) => ({ default: loaded.NewRotaDialog })),
);
const DeleteRotaDialog = lazy(() =>
  import("../features/oncall/delete-rota-dialog.tsx").then((loaded) => ({
    default: loaded.DeleteRotaDialog,
  })),
);
const PolicyDialog = lazy(() =>
  import("../features/oncall/policy-dialog.tsx").then((loaded) => ({ default: loaded.PolicyDialog })),
);
const LevelDialog = lazy(() =>
  import("../features/oncall/level-dialog.tsx").then((loaded) => ({ default: loaded.LevelDialog })),
);

/** Who is called, when, in which order, and whether they can be reached. */
export function OnCall() {
  const t = useWords();
  const me = useMe();
  const may = useMay();
  const mayOverride = may("oncall.override");
  const mayWrite = may("oncall.write");
  const duty = useQuery(onDutyQuery);
  const readiness = useQuery(readinessQuery);
  const rotas = useQuery(rotasQuery);
  const policies = useQuery(policiesQuery);
  const people = useQuery(peopleQuery);
  const [asked, setAsked] = useState<
    | Asked
    | { what: "level"; level: number }
    | { what: "policy"; policy: Policy }
    | { what: "new rota" }
    | null
  >(null);
  const close = () => setAsked(null);
  const known = rotas.data?.items ?? [];
  return (
    <div className={list.screen}>
      <title>{`${t("oncall.title")} · Orderwatch`}</title>
      <h1 className={list.title}>{t("oncall.title")}</h1>
      <Refused error={duty.error ?? rotas.error ?? readiness.error} />
      <div className={classes.top}>
        <Panel
          title={t("oncall.now")}
          aside={
            mayWrite ? (
              <Button size="xs" variant="default" onClick={() => setAsked({ what: "new rota" })}>
                {t("rota.new")}
              </Button>
            ) : undefined
          }
        >
          {duty.data === undefined ? (
            <Empty title={t("app.loading")} />
          ) : duty.data.items.length === 0 ? (
            <Empty title={t("oncall.noRota")}>{t("oncall.noRotaText")}</Empty>
          ) : (
            <Duty duties={duty.data.items} />
          )}
        </Panel>
        <Panel title={t("readiness.title")} aside={mayOverride ? <TestPage userId={me.id} /> : undefined}>
          {readiness.data === undefined ? (
            <Empty title={t("app.loading")} />
          ) : (
            <Readiness
              readiness={readiness.data}
              mayOverride={mayOverride}
              onCover={({ rotaId, from, until }) => {
                const rota = known.find(({ id }) => id === rotaId);
                if (rota) setAsked({ what: "override", rota, from, until });
              }}
              {...(mayWrite ? { onLevel: (level: number) => setAsked({ what: "level", level }) } : {})}
            />
          )}
        </Panel>
      </div>
      {known.map((rota) => (
        <Schedule key={rota.id} rota={rota} mayOverride={mayOverride} mayWrite={mayWrite} onAsk={setAsked} />
      ))}
      <Panel title={t("policy.title")}>
        {policies.data === undefined ? (
          <Empty title={t("app.loading")} />
        ) : (
          <Policies
            policies={policies.data.items}
            rotas={known}
            people={people.data?.items ?? []}
            {...(mayWrite ? { onEdit: (policy: Policy) => setAsked({ what: "policy", policy }) } : {})}
          />
        )}
      </Panel>
      <ContactPoints />
      <Suspense fallback={null}>
        {asked?.what === "override" ? <OverrideDialog {...asked} onClose={close} /> : null}
        {asked?.what === "swap" ? <SwapDialog {...asked} onClose={close} /> : null}
        {asked?.what === "rota" ? <RotaDialog rota={asked.rota} onClose={close} /> : null}
        {asked?.what === "holidays" ? <HolidaysDialog rota={asked.rota} onClose={close} /> : null}
        {asked?.what === "delete" ? (
          <DeleteRotaDialog rota={asked.rota} policies={policies.data?.items ?? []} onClose={close} />
        ) : null}
        {asked?.what === "new rota" ? <NewRotaDialog onClose={close} /> : null}
        {asked?.what === "policy" ? (
          <PolicyDialog
            policy={asked.policy}
            rotas={known}
            people={people.data?.items ?? []}
            onClose={close}
          />
        ) : null}
        {asked?.what === "level" ? (
          <LevelDialog level={asked.level} policies={policies.data?.items ?? []} onClose={close} />
        ) : null}
      </Suspense>
    </div>
  );
}
