import { Button } from "@mantine/core";
import type { SupportPolicy } from "@orderwatch/shared/ops/ticket-team.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { FormDialog } from "../../../ui/form-dialog.tsx";
import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { useSpanWords } from "../detection/use-condition-words.ts";
import { useMay } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import { priorities } from "../tickets/lists.ts";
import { supportPoliciesQuery } from "./queries.ts";
import classes from "./support-policies.module.css";
import { groupWeek } from "./typed.ts";
import { usePolicyWords } from "./use-policy-words.ts";

const PolicyDialog = lazy(() =>
  import("./policy-dialog.tsx").then(({ PolicyDialog }) => ({ default: PolicyDialog })),
);

/** What tickets promise by cause and priority, and when support works; whoever leads support may change it. */
export function SupportPolicies() {
  const t = useWords();
  const words = usePolicyWords();
  const maySet = useMay()("tickets.settings");
  const { data, error } = useQuery(supportPoliciesQuery);
  const [edited, setEdited] = useState<SupportPolicy | "new" | null>(null);
  const [removed, setRemoved] = useState<SupportPolicy | null>(null);
  const policies = data?.items ?? [];
  const general = policies.find(({ causes }) => causes === null);
  return (
    <Panel
      title={t("support.title")}
      aside={
        maySet && general !== undefined ? (
          <Button size="xs" variant="default" onClick={() => setEdited("new")}>
            {t("support.add")}
          </Button>
        ) : undefined
      }
    >
      <Refused error={error} />
      {data === undefined && error === null ? <Empty title={t("app.loading")} /> : null}
      <ul className={classes.policies}>
        {policies.map((policy) => (
          <li key={policy.id}>
            <div className={classes.head}>
              <h3>{words.name(policy)}</h3>
              {maySet ? (
                <span className={classes.buttons}>
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={t("support.changeNamed", { name: words.name(policy) })}
                    onClick={() => setEdited(policy)}
                  >
                    {t("team.change")}
                  </Button>
                  {policy.causes === null ? null : (
                    <Button
                      size="compact-xs"
                      variant="default"
                      aria-label={t("support.removeNamed", { name: words.name(policy) })}
                      onClick={() => setRemoved(policy)}
                    >
                      {t("support.remove")}
                    </Button>
                  )}
                </span>
              ) : null}
            </div>
            <Policy policy={policy} />
          </li>
        ))}
      </ul>
      <Suspense fallback={null}>
        {edited === null || general === undefined ? null : (
          <PolicyDialog
            policy={edited === "new" ? null : edited}
            like={edited === "new" ? general : edited}
            taken={policies.flatMap((each) => (each === edited ? [] : (each.causes ?? [])))}
            onClose={() => setEdited(null)}
          />
        )}
      </Suspense>
      {removed === null ? null : <RemoveDialog policy={removed} onClose={() => setRemoved(null)} />}
    </Panel>
  );
}

function Policy({ policy }: { policy: SupportPolicy }) {
  const t = useWords();
  const words = usePolicyWords();
  const span = useSpanWords();
  const { causes, targets, calendar, handoffTimeoutMin, closeAfterDays } = policy;
  const minutes = (count: number) => span(count * 60);
  return (
    <>
      <p className={classes.for}>
        {causes === null
          ? t("support.forOthers")
          : t("support.forCauses", { causes: causes.map((cause) => t(`ticket.cause.${cause}`)).join(" · ") })}
      </p>
      <table className={classes.targets}>
        <thead>
          <tr>
            <th scope="col">{t("support.priority")}</th>
            <th scope="col">{t("ticket.clock.first_response")}</th>
            <th scope="col">{t("ticket.clock.next_response")}</th>
            <th scope="col">{t("ticket.clock.resolution")}</th>
          </tr>
        </thead>
        <tbody>
          {priorities.map((priority) => {
            const target = targets[priority - 1];
            return target === undefined ? null : (
              <tr key={priority}>
                <th scope="row">{t(`ticket.priority.${priority}`)}</th>
                <td>{minutes(target.firstResponseMin)}</td>
                <td>{minutes(target.nextResponseMin)}</td>
                <td>{minutes(target.resolutionMin)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <dl className={classes.hours}>
        {groupWeek(calendar.week).map((group) => (
          <div key={group.from}>
            <dt>{words.days(group)}</dt>
            <dd>{words.shifts(group.shifts)}</dd>
          </div>
        ))}
        {calendar.holidays.map(({ day, name, shifts }) => (
          <div key={day}>
            <dt>{day}</dt>
            <dd>{[name, words.shifts(shifts)].filter((each) => each !== undefined).join(" · ")}</dd>
          </div>
        ))}
      </dl>
      <p className={classes.for}>
        {t("support.rest", {
          zone: calendar.timeZone,
          handoff: minutes(handoffTimeoutMin),
          close: t("days", { count: closeAfterDays }),
        })}
      </p>
    </>
  );
}

function RemoveDialog({ policy, onClose }: { policy: SupportPolicy; onClose: () => void }) {
  const t = useWords();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.deleteSupportPolicy({ params: { id: policy.id } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: supportPoliciesQuery.queryKey });
      onClose();
    },
  });
  return (
    <FormDialog
      title={t("support.removeNamed", { name: policy.name })}
      effect={t("support.removeEffect")}
      action={t("support.remove")}
      cancel={t("app.cancel")}
      isDangerous
      isBusy={remove.isPending}
      onSubmit={() => remove.mutate()}
      onClose={onClose}
    >
      <Refused error={remove.error} />
    </FormDialog>
  );
}
