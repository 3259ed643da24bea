import { type Level, Status } from "../../../ui/status.tsx";
import { useFormats, useWords } from "../../words.ts";
import type { Freshness } from "./freshness.ts";
import { useFreshness } from "./use-feed.ts";

const levels: Record<Freshness["kind"], Level> = {
  connecting: "quiet",
  live: "ok",
  stale: "warn",
  offline: "bad",
};

/** How old what you see is. */
export function FreshnessBadge() {
  const t = useWords();
  const formats = useFormats();
  const freshness = useFreshness();
  const age = (seconds: number) => (seconds < 60 ? `${seconds} s` : formats.duration(seconds * 1_000));
  const text =
    freshness.kind === "stale"
      ? t("live.fresh.stale", { age: age(freshness.seconds) })
      : freshness.kind === "offline" && freshness.seconds !== null
        ? t("live.fresh.offlineSince", { age: age(freshness.seconds) })
        : t(`live.fresh.${freshness.kind}`);
  return (
    <>
      <Status level={levels[freshness.kind]}>{text}</Status>
      {/* Spoken when the kind changes, not every second. */}
      <span role="status" className="ow-unseen">
        {t(`live.fresh.${freshness.kind}`, { age: "" })}
      </span>
    </>
  );
}
