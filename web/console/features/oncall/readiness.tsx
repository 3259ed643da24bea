import { Button } from "@mantine/core";
import type { Readiness as Found } from "@orderwatch/shared/ops/oncall.ts";
import { sayName } from "@orderwatch/shared/ops/oncall-names.ts";
import { Notice } from "../../../ui/notice.tsx";
import { LevelIcon } from "../../../ui/status.tsx";
import { useFormats, useSaid, useWords } from "../../words.ts";
import { useMe } from "../session/me.ts";
import classes from "./oncall.module.css";
import { useMomentWords } from "./use-moment-words.ts";

type Problem = Found["problems"][number];

/** Who could not be reached and why, each with what helps. */
export function Readiness({
  readiness,
  mayOverride,
  onCover,
  onLevel,
}: {
  readiness: Found;
  mayOverride: boolean;
  onCover: (gap: { rotaId: string; from?: string | undefined; until?: string | undefined }) => void;
  /** Absent where this person may not change policies. */
  onLevel?: (level: number) => void;
}) {
  const t = useWords();
  const say = useSaid();
  const formats = useFormats();
  const moment = useMomentWords();
  const me = useMe();
  const checked = t("readiness.checked", { time: formats.recent(readiness.checkedAt, new Date()) });
  if (readiness.ready)
    return (
      <Notice level="ok" title={t("readiness.ready")}>
        {checked}
      </Notice>
    );
  const words = (problem: Problem) =>
    t(`readiness.${problem.kind}`, {
      name: problem.person?.name ?? "",
      rota: say(sayName(problem.rota ?? "")),
      from: problem.from === undefined ? "" : moment(problem.from),
      until: problem.until === undefined ? "" : moment(problem.until),
      level: problem.level ?? "",
    });
  return (
    <>
      <ul className={classes.problems}>
        {readiness.problems.map((problem) => {
          const { kind, person, rotaId, from, until, level } = problem;
          const isMine = person?.id === me.id;
          return (
            <li key={[kind, person?.id, rotaId, from, level].join(" ")}>
              <LevelIcon level={kind === "unverified" || kind === "gap" ? "warn" : "bad"} size={14} />
              <div>
                <strong>{words(problem)}</strong>
                <p>
                  {isMine && kind !== "person_gone"
                    ? t("readiness.help.mine")
                    : t(`readiness.help.${kind}`, { name: person?.name ?? "" })}
                </p>
                {level !== undefined && onLevel ? (
                  <Button size="xs" variant="default" onClick={() => onLevel(level)}>
                    {t("readiness.choosePolicy")}
                  </Button>
                ) : null}
                {rotaId !== undefined && mayOverride ? (
                  <Button size="xs" variant="default" onClick={() => onCover({ rotaId, from, until })}>
                    {t("oncall.cover")}
                  </Button>
                ) : null}
              </div>
            </li>
          );
        })}
      </ul>
      <p className={classes.foot}>{checked}</p>
    </>
  );
}
