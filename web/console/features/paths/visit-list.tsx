import type { VisitPath } from "@orderwatch/shared/ops/funnel.ts";
import { IconChevronRight } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Fragment } from "react";
import { useFormats, useWords } from "../../words.ts";
import classes from "./paths.module.css";
import { type PathStep, pathOf } from "./transform.ts";
import { useReason } from "./use-reason.ts";

/** Visits with all that they did; an order's steps lead to its trace. */
export function VisitList({
  visits,
  nameOf,
}: {
  visits: readonly VisitPath[];
  nameOf: (sku: string) => string;
}) {
  const t = useWords();
  const formats = useFormats();
  const now = new Date();
  return (
    <ol className={classes.visits}>
      {visits.map((visit) => (
        <li key={visit.session} className={classes.visit}>
          <div className={classes.who}>
            <time dateTime={visit.beganAt}>{formats.recent(visit.beganAt, now)}</time>
            <span>
              {t(`paths.device.${visit.device}`)}
              {visit.origin === "buyer" ? "" : ` · ${t(`origin.${visit.origin}`)}`}
            </span>
          </div>
          <ol className={classes.path}>
            {pathOf(visit).map((step, at) => (
              // Steps have no name of their own, and their order never changes.
              <Fragment key={`${step.kind} ${step.sku ?? ""} ${step.orderId ?? ""} ${step.code ?? ""}`}>
                <li className={classes.step} data-kind={step.kind}>
                  {at === 0 ? null : (
                    <IconChevronRight size={12} aria-hidden="true" className={classes.arrow} />
                  )}
                  <Step step={step} nameOf={nameOf} />
                  {at === 0 ? null : <small>{`+${formats.duration(step.sinceMs)}`}</small>}
                </li>
              </Fragment>
            ))}
          </ol>
        </li>
      ))}
    </ol>
  );
}

function Step({ step, nameOf }: { step: PathStep; nameOf: (sku: string) => string }) {
  const t = useWords();
  const reason = useReason();
  const text = textOf(step, t, nameOf, reason);
  if (step.orderId === undefined) return <span>{text}</span>;
  return (
    <Link
      to="/orders/$id"
      params={{ id: step.orderId }}
      className={classes.toOrder}
      title={t("paths.openOrder", { id: step.orderId })}
    >
      {text}
    </Link>
  );
}

function textOf(
  { kind, sku, code = "" }: PathStep,
  t: ReturnType<typeof useWords>,
  nameOf: (sku: string) => string,
  reason: (code: string) => string,
): string {
  if (kind === "product") return t("paths.did.product", { name: sku === undefined ? "" : nameOf(sku) });
  if (kind === "refused" || kind === "failed") return t(`paths.did.${kind}`, { reason: reason(code) });
  return t(`paths.did.${kind}`);
}
