import "@mantine/core/styles/Progress.css";
import { Progress as Bar, Button, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Notice } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import { importCodes, type Progress, readCodes } from "./import.ts";
import classes from "./import-panel.module.css";
import { productsQuery, stockQuery } from "./queries.ts";

/** Characters from which on a pasted text is held beside the field: browsers lay out every line of it. */
const heldFrom = 20_000;

type State =
  | { step: "editing" }
  | { step: "running"; progress: Progress }
  | { step: "stopped"; progress: Progress; error: unknown }
  | { step: "done"; progress: Progress };

/** Brings card codes into stock, from the clipboard or a file, and says truly how far it has come. */
export function ImportPanel({ sku }: { sku: string }) {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  /** Where a text comes from that is too large to be shown in a field; null while the field holds it. */
  const [held, setHeld] = useState<string | null>(null);
  const [state, setState] = useState<State>({ step: "editing" });
  const control = useRef<AbortController | null>(null);
  const { codes, repeated, tooLong } = useMemo(() => readCodes(text), [text]);

  const take = (given: string, from: string | null) => {
    setText(given);
    setHeld(from);
    setState({ step: "editing" });
  };
  const run = async (start: Progress) => {
    const abort = new AbortController();
    control.current = abort;
    let progress = start;
    const report = (next: Progress) => {
      progress = next;
      setState({ step: "running", progress });
    };
    report(start);
    try {
      await importCodes(
        codes,
        start,
        (chunk) => api.importCodes({ params: { sku }, body: { codes: chunk } }),
        report,
        abort.signal,
      );
      if (progress.done < codes.length) setState({ step: "stopped", progress, error: null });
      else {
        setState({ step: "done", progress });
        setText("");
        setHeld(null);
      }
    } catch (error) {
      setState({ step: "stopped", progress, error });
    }
    await Promise.all([queries.invalidateQueries(stockQuery(sku)), queries.invalidateQueries(productsQuery)]);
  };
  const begin = () => run({ done: 0, all: codes.length, imported: 0, duplicates: 0 });
  const size = { count: codes.length, shown: formats.count(codes.length) };
  const running = state.step === "running";
  const counts = (progress: Progress) => ({
    done: formats.count(progress.done),
    all: formats.count(progress.all),
  });

  return (
    <Panel title={t("import.title")} note={t("import.hint")}>
      <div className={classes.form}>
        {held === null ? (
          <>
            <Textarea
              label={t("import.paste")}
              rows={7}
              value={text}
              disabled={running}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) => take(event.currentTarget.value, null)}
              onPaste={(event) => {
                const pasted = event.clipboardData.getData("text");
                if (pasted.length < heldFrom) return;
                event.preventDefault();
                take(pasted, t("import.clipboard"));
              }}
              classNames={{ input: classes.codes ?? "" }}
            />
            <label className={classes.file}>
              {t("import.file")}
              <input
                type="file"
                accept=".txt,.csv,text/plain"
                disabled={running}
                onChange={async ({ currentTarget }) => {
                  const file = currentTarget.files?.[0];
                  if (file !== undefined) take(await file.text(), file.name);
                }}
              />
            </label>
          </>
        ) : (
          <div className={classes.held}>
            {t("import.from", { name: held })}
            <Button variant="default" size="compact-xs" disabled={running} onClick={() => take("", null)}>
              {t("import.others")}
            </Button>
          </div>
        )}
        <div className={classes.counts} role="status">
          {text === ""
            ? ""
            : [
                t("import.ready", size),
                ...(repeated > 0 ? [t("import.repeated", { count: repeated })] : []),
                ...(tooLong > 0 ? [t("import.tooLong", { count: tooLong })] : []),
              ].join(" · ")}
        </div>
        {state.step === "editing" || state.step === "done" ? null : (
          <div>
            <Bar
              value={(100 * state.progress.done) / Math.max(1, state.progress.all)}
              aria-label={t("import.title")}
              transitionDuration={0}
            />
            <div className={classes.counts}>
              {t(running ? "import.progress" : "import.stopped", counts(state.progress))}
            </div>
          </div>
        )}
        {state.step === "done" ? (
          <Notice
            level="ok"
            title={t("import.done", {
              imported: formats.count(state.progress.imported),
              duplicates: formats.count(state.progress.duplicates),
            })}
          />
        ) : null}
        {state.step === "stopped" && state.error !== null ? (
          <Notice level="bad" title={problem(refusalOf(state.error).code)}>
            {refusalOf(state.error).detail}
          </Notice>
        ) : null}
        <div className={classes.actions}>
          {running ? (
            <Button variant="default" onClick={() => control.current?.abort()}>
              {t("import.stop")}
            </Button>
          ) : state.step === "stopped" ? (
            <Button onClick={() => void run(state.progress)}>{t("import.resume")}</Button>
          ) : (
            <Button disabled={codes.length === 0 || tooLong > 0} onClick={() => void begin()}>
              {codes.length === 0 ? t("import.start") : t("import.startCount", size)}
            </Button>
          )}
        </div>
      </div>
    </Panel>
  );
}
