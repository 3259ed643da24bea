import { Button } from "@mantine/core";
import type { Policy, Target } from "@orderwatch/shared/ops/oncall.ts";
import { sayName } from "@orderwatch/shared/ops/oncall-names.ts";
import { Empty } from "../../../ui/notice.tsx";
import { Status } from "../../../ui/status.tsx";
import { useSaid, useWords } from "../../words.ts";
import { useSpanWords } from "../detection/use-condition-words.ts";
import classes from "./oncall.module.css";
import type { Rota } from "./rota.ts";

/** Whom an incident pages, in which order and how long each has, as one reads it aloud. */
export function Policies({
  policies,
  rotas,
  people,
  onEdit,
}: {
  policies: readonly Policy[];
  rotas: readonly Rota[];
  people: readonly { id: string; name: string }[];
  /** Absent where this person may not change policies. */
  onEdit?: (policy: Policy) => void;
}) {
  const t = useWords();
  const say = useSaid();
  const span = useSpanWords();
  const target = (to: Target) =>
    to.kind === "rota"
      ? t("policy.rota", { rota: say(sayName(rotas.find(({ id }) => id === to.rotaId)?.name ?? to.rotaId)) })
      : (people.find(({ id }) => id === to.userId)?.name ?? to.userId);
  if (policies.length === 0) return <Empty title={t("policy.none")}>{t("policy.noneText")}</Empty>;
  return (
    <ul className={classes.policies}>
      {policies.map((policy) => (
        <li key={policy.id}>
          <div className={classes.policyHead}>
            <strong>{say(sayName(policy.name))}</strong>
            {policy.levels.length === 0 ? (
              <Status level="quiet">{t("policy.unused")}</Status>
            ) : (
              [...policy.levels].sort().map((level) => (
                <Status key={level} level={level === 1 ? "bad" : level === 2 ? "warn" : "info"}>
                  {t("detection.level", { level })}
                </Status>
              ))
            )}
          </div>
          <ol>
            {policy.steps.map(({ targets, ackTimeoutSeconds }, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a step has no name but its place.
              <li key={at}>
                {t("policy.step", {
                  targets: targets.map(target).join(t("policy.and")),
                  time: span(ackTimeoutSeconds),
                })}
              </li>
            ))}
          </ol>
          <p>
            {policy.repeats === 0 ? t("policy.noRepeat") : t("policy.repeats", { count: policy.repeats })}{" "}
            {policy.autoUnackSeconds === null
              ? null
              : t("policy.unack", { time: span(policy.autoUnackSeconds) })}
          </p>
          {onEdit === undefined ? null : (
            <Button
              size="xs"
              variant="default"
              aria-label={t("policy.edit", { name: say(sayName(policy.name)) })}
              onClick={() => onEdit(policy)}
            >
              {t("policy.change")}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
