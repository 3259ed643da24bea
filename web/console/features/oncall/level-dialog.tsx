import { NativeSelect } from "@mantine/core";
import type { Policy } from "@orderwatch/shared/ops/oncall.ts";
import { sayName } from "@orderwatch/shared/ops/oncall-names.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { api } from "../../api.ts";
import { useSaid, useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";

/** Gives a level the policy that its incidents page by. */
export function LevelDialog({
  level,
  policies,
  onClose,
}: {
  level: number;
  policies: readonly Policy[];
  onClose: () => void;
}) {
  const t = useWords();
  const say = useSaid();
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: ({ id, updatedAt: _, levels, ...policy }: Policy) =>
      api.changePolicy({
        params: { id },
        body: { ...policy, levels: [...levels.filter((each) => each !== level), level] },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["oncall"] });
      onClose();
    },
  });
  const submit = (form: FormData) => {
    const chosen = policies.find(({ id }) => id === textOf(form, "policy"));
    if (chosen) change.mutate(chosen);
  };
  return (
    <FormDialog
      title={t("policy.choose", { level })}
      effect={t("policy.chooseEffect", { level })}
      action={t("policy.chooseAction")}
      cancel={t("app.cancel")}
      isBusy={change.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <NativeSelect
        name="policy"
        label={t("policy.policy")}
        data={policies.map(({ id, name }) => ({ value: id, label: say(sayName(name)) }))}
        data-autofocus
      />
      <Refused error={change.error} />
    </FormDialog>
  );
}
