import { Button } from "@mantine/core";
import type { IncidentDetail, IncidentRole } from "@orderwatch/shared/ops/incidents.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Notice } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useWords } from "../../words.ts";
import { useMay, useMe } from "../session/me.ts";
import classes from "./detail.module.css";
import { roles } from "./names.ts";
import { hasEnded, incidentQuery } from "./queries.ts";

const RoleDialog = lazy(() =>
  import("./role-dialog.tsx").then(({ RoleDialog }) => ({ default: RoleDialog })),
);

/** Who has which part in it; anybody who may act takes a part with one click, or gives it to somebody. */
export function People({ incident }: { incident: IncidentDetail }) {
  const t = useWords();
  const { problem } = useCodeWords();
  const me = useMe();
  const mayAct = useMay()("incidents.act") && !hasEnded(incident);
  const queries = useQueryClient();
  const [asked, setAsked] = useState<IncidentRole | null>(null);
  const take = useMutation({
    mutationFn: (role: IncidentRole) =>
      api.assignIncidentRole({ params: { id: incident.id }, body: { role, staffId: me.id } }),
    onSuccess: (changed) => queries.setQueryData(incidentQuery(incident.id).queryKey, changed),
    onSettled: () => queries.invalidateQueries({ queryKey: ["incidents"] }),
  });
  return (
    <Panel title={t("incident.people")}>
      <ul className={classes.people}>
        {roles.map((role) => {
          const person = incident.roles[role];
          return (
            <li key={role}>
              <span className={classes.role}>{t(`incident.role.${role}`)}</span>
              <span className={classes.person}>
                {person === undefined ? (
                  <span className={classes.muted}>{t("incidents.nobody")}</span>
                ) : (
                  person.name
                )}
              </span>
              {mayAct ? (
                <Button
                  size="compact-xs"
                  variant="subtle"
                  aria-label={`${t(person === undefined ? "incident.role.give" : "incident.role.handOver")}: ${t(`incident.role.${role}`)}`}
                  onClick={() => setAsked(role)}
                >
                  {t(person === undefined ? "incident.role.give" : "incident.role.handOver")}
                </Button>
              ) : null}
              {mayAct && person?.id !== me.id ? (
                <Button
                  size="compact-xs"
                  variant="subtle"
                  aria-label={t("incident.take.for", { role: t(`incident.role.${role}`) })}
                  loading={take.isPending && take.variables === role}
                  onClick={() => take.mutate(role)}
                >
                  {t("incident.take")}
                </Button>
              ) : null}
            </li>
          );
        })}
      </ul>
      <Suspense fallback={null}>
        {asked === null ? null : (
          <RoleDialog incident={incident} role={asked} onClose={() => setAsked(null)} />
        )}
      </Suspense>
      {take.isError ? <Notice level="bad" title={problem(refusalOf(take.error).code)} /> : null}
    </Panel>
  );
}
