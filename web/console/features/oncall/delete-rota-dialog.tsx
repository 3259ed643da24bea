import type { Policy } from "@orderwatch/shared/ops/oncall.ts";
import { sayName } from "@orderwatch/shared/ops/oncall-names.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Confirm } from "../../../ui/confirm.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { api } from "../../api.ts";
import { useSaid, useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import { onDutyQuery, overridesQuery } from "./queries.ts";
import type { Rota } from "./rota.ts";
import { useMomentWords } from "./use-moment-words.ts";

/** Removes a rota: says who would lose their duty, and which policies must let go of it first. */
export function DeleteRotaDialog({
  rota,
  policies,
  onClose,
}: {
  rota: Rota;
  policies: readonly Policy[];
  onClose: () => void;
}) {
  const t = useWords();
  const say = useSaid();
  const moment = useMomentWords();
  const queries = useQueryClient();
  const duty = useQuery(onDutyQuery).data?.items.find(({ rotaId }) => rotaId === rota.id);
  const overrides = useQuery(overridesQuery(rota.id)).data?.items ?? [];
  const remove = useMutation({
    mutationFn: () => api.deleteRota({ params: { id: rota.id } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["oncall"] });
      onClose();
    },
  });
  const using = policies.filter(({ steps }) =>
    steps.some(({ targets }) => targets.some((to) => to.kind === "rota" && to.rotaId === rota.id)),
  );
  const name = say(sayName(rota.name));
  if (using.length > 0)
    return (
      <Confirm
        title={t("rota.cannotDelete", { rota: name })}
        action={t("rota.understood")}
        cancel={t("app.cancel")}
        isDangerous={false}
        isBusy={false}
        onConfirm={onClose}
        onCancel={onClose}
      >
        <p>
          {t("rota.usedBy", {
            policies: using.map((policy) => say(sayName(policy.name))).join(t("policy.and")),
          })}
        </p>
      </Confirm>
    );
  return (
    <Confirm
      title={t("rota.deleteTitle", { rota: name })}
      action={t("rota.delete")}
      cancel={t("app.cancel")}
      isDangerous
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate()}
      onCancel={onClose}
    >
      <p>
        {t("rota.deleteText", { people: rota.people.map((person) => person.name).join(t("policy.and")) })}
      </p>
      {duty?.person ? (
        <Notice
          level="warn"
          title={t("rota.losesDuty", { name: duty.person.name, until: moment(duty.until) })}
        />
      ) : null}
      {overrides.length === 0 ? null : <p>{t("rota.losesOverrides", { count: overrides.length })}</p>}
      <Refused error={remove.error} />
    </Confirm>
  );
}
