import { Button, Textarea } from "@mantine/core";
import type { IncidentDetail, TimelineEntry, TimelineLink } from "@orderwatch/shared/ops/incidents.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, lazy, Suspense, useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Empty, Notice } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { LevelIcon } from "../../../ui/status.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { roles, states } from "./names.ts";
import { incidentQuery } from "./queries.ts";
import classes from "./timeline.module.css";
import { countKinds, levelOfEntry, shownEntries, type TimelineKind, timelineKinds } from "./timeline.ts";
import { useTexts } from "./use-texts.ts";

const CorrectionDialog = lazy(() =>
  import("./correction-dialog.tsx").then(({ CorrectionDialog }) => ({ default: CorrectionDialog })),
);

/** What happened, newest first, each entry with who did it and a way to what it speaks of. */
export function Timeline({ incident }: { incident: IncidentDetail }) {
  const t = useWords();
  const formats = useFormats();
  const mayNote = useMay()("incidents.declare");
  const [kind, setKind] = useState<TimelineKind | "all">("all");
  const [wrong, setWrong] = useState<TimelineEntry | null>(null);
  const counts = countKinds(incident.timeline);
  const choices = (["all", ...timelineKinds] as const)
    .filter((each) => each === "all" || each === kind || counts[each] > 0)
    .map((value) => ({
      value,
      label: `${t(`incident.timeline.${value}`)} ${formats.count(counts[value])}`,
    }));
  const shown = shownEntries(incident.timeline, kind);
  return (
    <Panel
      title={t("incident.timeline")}
      aside={
        <Segmented label={t("incident.timeline.filter")} value={kind} choices={choices} onChange={setKind} />
      }
    >
      {mayNote ? <NoteForm incident={incident} /> : null}
      {shown.length === 0 ? (
        <Empty title={t("incident.timeline.none")} />
      ) : (
        <ol className={classes.timeline}>
          {shown.map(({ entry, correction }) => (
            <Entry
              key={entry.id}
              entry={entry}
              isCorrected={correction !== null}
              onCorrect={mayNote ? setWrong : null}
            />
          ))}
        </ol>
      )}
      <Suspense fallback={null}>
        {wrong === null ? null : (
          <CorrectionDialog incident={incident} entry={wrong} onClose={() => setWrong(null)} />
        )}
      </Suspense>
    </Panel>
  );
}

function Entry({
  entry,
  isCorrected,
  onCorrect,
}: {
  entry: TimelineEntry;
  isCorrected: boolean;
  onCorrect: ((entry: TimelineEntry) => void) | null;
}) {
  const t = useWords();
  const formats = useFormats();
  const texts = useTexts();
  const level = levelOfEntry(entry);
  const head = useHead(entry);
  const text = entry.text === null ? null : texts(entry.text);
  return (
    <li className={classes.entry} data-level={level} data-corrected={isCorrected || undefined}>
      <time dateTime={entry.at} title={formats.moment(entry.at)} className={classes.time}>
        {formats.recent(entry.at, new Date())}
      </time>
      <span className={classes.mark}>
        <LevelIcon level={level} size={11} />
      </span>
      <div className={classes.what}>
        {entry.corrects === null ? null : (
          <span className={classes.label}>{t("incident.timeline.corrected")}</span>
        )}
        {head === null ? null : <strong>{head}</strong>}
        {text === null ? (
          head === null && <span className={classes.text}>{entry.type}</span>
        ) : (
          <span className={classes.text}>{text}</span>
        )}
        {entry.by === null ? null : (
          <span className={classes.by}>{t("incident.timeline.by", { name: entry.by.name })}</span>
        )}
        {entry.links.map((link) => (
          <EntryLink key={`${link.kind} ${link.id}`} link={link} />
        ))}
        {onCorrect === null ? null : (
          <button type="button" className={classes.correct} onClick={() => onCorrect(entry)}>
            {t("incident.correct")}
          </button>
        )}
      </div>
    </li>
  );
}

/** Types that say the same each time. */
const plain = [
  "plan.started",
  "third_party.engaged",
  "deadline.missed",
  "incident.declared",
  "incident.merged",
  "incident.absorbed",
  "alert.resolved",
  "runbook.acting",
  "runbook.acted",
  "runbook.confirmed",
  "runbook.reverting",
  "runbook.reverted",
  "runbook.failed",
  "update.proposed",
  "update.published",
  "update.withdrawn",
  "buyers.proposed",
  "buyers.sent",
  "buyers.approved",
  "buyers.withdrawn",
] as const;

/** What an entry says by its type and facts, beside its text; null where the text says it all. */
function useHead({ type, facts }: TimelineEntry): string | null {
  const t = useWords();
  const found = <Value extends string>(all: readonly Value[], value: unknown) =>
    all.find((each) => each === value);
  if (type === "state.changed") {
    const state = found(states, facts.to);
    return state === undefined ? null : t(`incident.state.${state}`);
  }
  if (type === "role.assigned") {
    const role = found(roles, facts.role);
    return role === undefined
      ? null
      : t("incident.did.role", { role: t(`incident.role.${role}`), name: String(facts.to ?? "–") });
  }
  if (type === "level.changed")
    return t("incident.did.level", { from: String(facts.from), to: String(facts.to) });
  const action = found(["redeliver", "refund", "waive"] as const, facts.action);
  if (type === "orders.acted" && action !== undefined)
    return t("incident.did.orders.acted", {
      action: t(`incident.orders.${action}`),
      done: String(facts.done),
      refused: String(facts.refused),
    });
  const known = found(plain, type);
  return known === undefined ? null : t(`incident.did.${known}`);
}

/** Leads to what an entry speaks of, where there is a screen of it. */
function EntryLink({ link }: { link: TimelineLink }) {
  const t = useWords();
  const short = `${link.id.slice(0, 13)}…`;
  if (link.kind === "order")
    return (
      <Link to="/orders/$id" params={{ id: link.id }} className={classes.link ?? ""}>
        {t("difference.order")} {short}
      </Link>
    );
  if (link.kind === "incident")
    return (
      <Link to="/incidents/$id" params={{ id: link.id }} className={classes.link ?? ""}>
        {t("incident.number", { number: short })}
      </Link>
    );
  return null;
}

function NoteForm({ incident }: { incident: IncidentDetail }) {
  const t = useWords();
  const { problem } = useCodeWords();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const add = useMutation({
    mutationFn: () => api.addIncidentNote({ params: { id: incident.id }, body: { text: text.trim() } }),
    onSuccess: (changed) => {
      queries.setQueryData(incidentQuery(incident.id).queryKey, changed);
      setText("");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "") add.mutate();
  };
  return (
    <form onSubmit={submit} className={classes.form}>
      <Textarea
        aria-label={t("incident.timeline.add")}
        placeholder={t("incident.timeline.addPlaceholder")}
        value={text}
        maxLength={4_000}
        rows={1}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" loading={add.isPending} disabled={text.trim() === ""}>
        {t("incident.timeline.addButton")}
      </Button>
      {add.isError ? <Notice level="bad" title={problem(refusalOf(add.error).code)} /> : null}
    </form>
  );
}
