import { ActionIcon, Button, Textarea } from "@mantine/core";
import { IconHandStop } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { LevelIcon } from "../../../ui/status.tsx";
import { api } from "../../api.ts";
import { useFormats, useSaid, useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import classes from "./drills.module.css";
import { drillsQuery } from "./queries.ts";
import { useDrillFeed } from "./use-drill-feed.ts";

/** On every screen: that a drill is under way, and the one stop for all of them. */
export function StopBar() {
  const mayRead = useMay()("drills.read");
  useDrillFeed(mayRead);
  const drills = useQuery({ ...drillsQuery, enabled: mayRead }).data;
  if (!drills) return null;
  const [running] = drills.running;
  if (drills.stop.engaged) return <Stopped stop={drills.stop} />;
  return running ? <UnderWay id={running.id} title={running.title} /> : null;
}

function UnderWay({ id, title }: { id: string; title: { "zh-CN": string; en: string } }) {
  const t = useWords();
  const said = useSaid();
  return (
    <div className={classes.bar} role="status">
      <LevelIcon level="warn" size={14} />
      <span className={classes.barText}>{t("drills.underWay", { drill: said(title) })}</span>
      <Link to="/drills/runs/$id" params={{ id }} className={classes.barLink}>
        {t("drills.watch")}
      </Link>
      <StopButton />
    </div>
  );
}

function Stopped({ stop }: { stop: { by: string | null; at: string | null; reason: string | null } }) {
  const t = useWords();
  const formats = useFormats();
  const queries = useQueryClient();
  const mayRelease = useMay()("drills.run");
  const release = useMutation({
    mutationFn: () => api.releaseDrills({}),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["drills"] }),
  });
  return (
    <div className={classes.bar} data-stopped role="status">
      <LevelIcon level="bad" size={14} />
      <span className={classes.barText}>
        <strong>{t("drills.stopped")}</strong>{" "}
        {t("drills.stoppedBy", {
          by: stop.by ?? "",
          time: stop.at === null ? "" : formats.recent(stop.at, new Date()),
          reason: stop.reason ?? "",
        })}
      </span>
      {mayRelease ? (
        <Button size="xs" variant="default" loading={release.isPending} onClick={() => release.mutate()}>
          {t("drills.release")}
        </Button>
      ) : null}
      <Refused error={release.error} />
    </div>
  );
}

/** The same stop in the header, where it is at hand whether anything runs or not; gone while all drills are stopped. */
export function StopControl() {
  const mayRead = useMay()("drills.read");
  const drills = useQuery({ ...drillsQuery, enabled: mayRead }).data;
  return drills?.stop.engaged ? null : <StopButton isCompact />;
}

/** Asks for a reason, then stops every drill. */
export function StopButton({ isCompact = false }: { isCompact?: boolean }) {
  const t = useWords();
  const queries = useQueryClient();
  const may = useMay()("drills.stop");
  const [isOpen, setOpen] = useState(false);
  const stop = useMutation({
    mutationFn: (reason: string) => api.stopDrills({ body: { reason } }),
    onSuccess: async () => {
      setOpen(false);
      await queries.invalidateQueries({ queryKey: ["drills"] });
    },
  });
  if (!may) return null;
  return (
    <>
      {isCompact ? (
        <ActionIcon
          variant="default"
          size={30}
          aria-label={t("drills.stopAll")}
          title={t("drills.stopAll")}
          onClick={() => setOpen(true)}
        >
          <IconHandStop size={16} stroke={1.6} />
        </ActionIcon>
      ) : (
        <Button
          size="xs"
          color="alarm"
          leftSection={<IconHandStop size={16} aria-hidden="true" />}
          onClick={() => setOpen(true)}
        >
          {t("drills.stopAll")}
        </Button>
      )}
      {isOpen ? (
        <FormDialog
          title={t("drills.stopTitle")}
          effect={t("drills.stopText")}
          action={t("drills.stopAll")}
          cancel={t("drills.cancel")}
          isDangerous
          isBusy={stop.isPending}
          onSubmit={(form) => stop.mutate(textOf(form, "reason"))}
          onClose={() => setOpen(false)}
        >
          <Textarea name="reason" label={t("drills.reason")} autosize minRows={2} data-autofocus />
          <Refused error={stop.error} />
        </FormDialog>
      ) : null}
    </>
  );
}
