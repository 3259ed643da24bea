import type { AlertLevel } from "@orderwatch/shared/ops/detection.ts";
import { type Level, Status } from "../../../ui/status.tsx";
import { useWords } from "../../words.ts";

const levels: Record<AlertLevel, Level> = { 1: "bad", 2: "warn", 3: "info" };

export function AlertLevelMark({ level }: { level: AlertLevel }) {
  const t = useWords();
  return <Status level={levels[level]}>{t("detection.level", { level })}</Status>;
}
