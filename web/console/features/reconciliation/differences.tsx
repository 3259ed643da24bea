import type {
  DifferenceAction,
  DifferenceKind,
  ReconciliationDifference,
} from "@orderwatch/shared/ops/reconciliation.ts";
import { lazy, Suspense, useState } from "react";
import { useFormats, useWords } from "../../words.ts";
import { DifferenceCard } from "./difference-card.tsx";
import { byKind } from "./group.ts";
import classes from "./reconciliation.module.css";

const ActDialog = lazy(() => import("./act-dialog.tsx").then(({ ActDialog }) => ({ default: ActDialog })));

/** Differences kind by kind, each kind with what it means. */
export function Differences({
  differences,
  counts,
  mayAct,
}: {
  differences: readonly ReconciliationDifference[];
  /** How many of a kind there are in all, beyond the page in sight. */
  counts: Readonly<Partial<Record<DifferenceKind, number>>>;
  mayAct: boolean;
}) {
  const t = useWords();
  const formats = useFormats();
  const [asked, setAsked] = useState<{
    difference: ReconciliationDifference;
    action: DifferenceAction;
  } | null>(null);
  return (
    <>
      {byKind(differences).map(([kind, each]) => (
        <section key={kind} className={classes.kind} aria-labelledby={`kind-${kind}`}>
          <h3 id={`kind-${kind}`} className={classes.kindTitle}>
            {t(`difference.kind.${kind}`)}
            <span className={classes.count}>{formats.count(counts[kind] ?? each.length)}</span>
          </h3>
          <p className={classes.help}>{t(`difference.text.${kind}`)}</p>
          <ul className={classes.cards}>
            {each.map((difference) => (
              <DifferenceCard
                key={difference.id}
                difference={difference}
                mayAct={mayAct}
                onAct={(action) => setAsked({ difference, action })}
              />
            ))}
          </ul>
        </section>
      ))}
      <Suspense fallback={null}>
        {asked === null ? null : <ActDialog {...asked} onClose={() => setAsked(null)} />}
      </Suspense>
    </>
  );
}
