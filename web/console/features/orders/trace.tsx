import type { TraceEntry } from "@orderwatch/shared/ops/orders.ts";
import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { type Level, LevelIcon } from "../../../ui/status.tsx";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import classes from "./trace.module.css";
import { levelOf, lifetimeMs, refundWord, traceWord } from "./trace.ts";
import { useTraceWords } from "./use-trace-words.ts";

/** All that happened to an order, oldest first, with the time between. */
export function Trace({
  entries,
  severalPayments,
}: {
  entries: readonly TraceEntry[];
  /** Whether entries must say which payment they are of. */
  severalPayments: boolean;
}) {
  const t = useWords();
  const formats = useFormats();
  const total = lifetimeMs(entries);
  return (
    <Panel
      title={t("order.trace")}
      note={total === null ? undefined : t("order.trace.total", { time: formats.duration(total) })}
    >
      {entries.length === 0 ? (
        <Empty title={t("order.trace.none")} />
      ) : (
        <ol className={classes.trace}>
          {entries.map((entry, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: entries carry no id, and are only ever appended.
            <Entry key={index} entry={entry} namesPayment={severalPayments} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

function Entry({ entry, namesPayment }: { entry: TraceEntry; namesPayment: boolean }) {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const words = useTraceWords();
  const level: Level = levelOf(entry);
  const facts = Object.entries(entry.facts).flatMap(([name, value]) =>
    value === null || value === "" || (name === "payment" && !namesPayment) ? [] : [{ name, value }],
  );
  const word = traceWord(entry);
  const why = entry.code === null ? null : refundWord(entry.code);
  return (
    <li className={classes.entry} data-level={level}>
      <div className={classes.time}>
        <time dateTime={entry.at} title={formats.moment(entry.at)}>
          {formats.clock(entry.at)}
        </time>
        {entry.sincePreviousMs === null ? null : (
          <span>{t("order.trace.after", { time: formats.duration(entry.sincePreviousMs) })}</span>
        )}
      </div>
      <span className={classes.mark}>
        <LevelIcon level={level} size={12} />
      </span>
      <div className={classes.what}>
        <div className={classes.head}>
          <span className={classes.kind}>{t(`trace.kind.${entry.kind}`)}</span>
          <strong>{word === null ? entry.type : t(word)}</strong>
          {entry.code === null ? null : (
            <span className={classes.code}>
              {why === null ? problem(entry.code) : t(why)} <code>{entry.code}</code>
            </span>
          )}
        </div>
        {facts.length === 0 ? null : (
          <dl className={classes.facts}>
            {facts.map(({ name, value }) => (
              <div key={name}>
                <dt>{words.fact(name)}</dt>
                <dd>{words.value(name, value)}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </li>
  );
}
