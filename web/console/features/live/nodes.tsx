import type { NodeSummary } from "@orderwatch/shared/live/frame.ts";
import { useMutation } from "@tanstack/react-query";
import { lazy, memo, Suspense, useCallback, useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { type Level, Status } from "../../../ui/status.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import classes from "./nodes.module.css";
import { ScalingNotes } from "./scaling.tsx";
import { takesOrders } from "./transform.ts";

const Confirm = lazy(() => import("../../../ui/confirm.tsx").then(({ Confirm }) => ({ default: Confirm })));

type Action = "promote" | "drain" | "restart";

/** What may be asked of a node in its state. */
const actionsOf: Record<NodeSummary["state"], readonly Action[]> = {
  starting: [],
  active: ["drain", "restart"],
  standby: ["promote", "restart"],
  draining: ["restart"],
  dead: ["restart"],
};

/** A process that takes no orders has nothing to hand over. */
const offered = (node: NodeSummary): readonly Action[] =>
  actionsOf[node.state].filter((action) => action === "restart" || takesOrders(node));

const levels: Record<NodeSummary["state"], Level> = {
  starting: "info",
  active: "ok",
  standby: "quiet",
  draining: "warn",
  dead: "bad",
};

const calls = { promote: api.promoteNode, drain: api.drainNode, restart: api.restartNode };
const staleAfterS = 3;

interface Asked {
  action: Action;
  id: string;
  /** True when nobody could take over: said before it is done. */
  last: boolean;
  /** A part of the shop that takes no orders. */
  isPart: boolean;
}

/** The shop's nodes, and what an engineer may tell them. */
export const Nodes = memo(function Nodes({ nodes }: { nodes: readonly NodeSummary[] }) {
  const t = useWords();
  const mayCommand = useMay()("nodes.command");
  const { problem } = useCodeWords();
  const [asked, setAsked] = useState<Asked | null>(null);
  const command = useMutation({
    mutationFn: ({ action, id }: Asked) => calls[action]({ params: { id } }),
    onSettled: () => setAsked(null),
  });
  const hasRelief = useCallback(
    (left: NodeSummary) =>
      nodes.some(
        (node) =>
          node.id !== left.id &&
          (node.state === "standby" || node.state === "active") &&
          takesOrders(node) &&
          node.ageS < staleAfterS,
      ),
    [nodes],
  );
  const ask = useCallback(
    (action: Action, node: NodeSummary) =>
      setAsked({
        action,
        id: node.id,
        last: node.state === "active" && takesOrders(node) && !hasRelief(node),
        isPart: !takesOrders(node),
      }),
    [hasRelief],
  );
  return (
    <Panel
      title={t("live.nodes")}
      aside={
        <span role="status" className={classes.outcome}>
          {command.isSuccess
            ? t("live.node.done", {
                id: command.variables.id,
                action: t(`live.node.${command.variables.action}`),
              })
            : command.isError
              ? problem(refusalOf(command.error).code)
              : ""}
        </span>
      }
    >
      {nodes.length === 0 ? (
        <Empty title={t("live.nodes.none")}>{t("live.nodes.noneText")}</Empty>
      ) : (
        <ul className={classes.cards}>
          {nodes.map((node) => (
            <NodeCard key={node.id} node={node} ask={mayCommand ? ask : null} />
          ))}
        </ul>
      )}
      <ScalingNotes active={nodes.filter((node) => node.state === "active" && takesOrders(node)).length} />
      <Suspense fallback={null}>
        {asked === null ? null : (
          <Confirm
            title={t(`live.node.${asked.action}.ask`, { id: asked.id })}
            action={t(`live.node.${asked.action}`)}
            cancel={t("app.cancel")}
            isDangerous={asked.last}
            isBusy={command.isPending}
            onConfirm={() => command.mutate(asked)}
            onCancel={() => setAsked(null)}
          >
            <p>
              {t(asked.isPart ? "live.node.restart.part" : `live.node.${asked.action}.text`, {
                id: asked.id,
              })}
            </p>
            {asked.last && asked.action !== "promote" ? (
              <p className={classes.danger}>{t(`live.node.${asked.action}.last`)}</p>
            ) : null}
          </Confirm>
        )}
      </Suspense>
    </Panel>
  );
});

/** How much the node's cache spares the database; stale answers are named, since they tell of a database in trouble. */
function CacheFact({ cache }: { cache: NonNullable<NodeSummary["cache"]> }) {
  const t = useWords();
  const formats = useFormats();
  const stale = cache.stale > 0 ? t("live.node.cacheStale", { share: formats.percent(cache.stale) }) : "";
  return (
    <div>
      <dt>{t("live.node.cache")}</dt>
      <dd>
        {formats.percent(cache.hit)} {stale === "" ? null : <small>{stale}</small>}
      </dd>
    </div>
  );
}

function NodeCard({
  node,
  ask,
}: {
  node: NodeSummary;
  ask: ((action: Action, node: NodeSummary) => void) | null;
}) {
  const t = useWords();
  const formats = useFormats();
  const silent = node.ageS >= staleAfterS && node.state !== "dead";
  return (
    <li className={classes.card}>
      <div className={classes.head}>
        <strong>{node.id}</strong>
        <Status level={silent ? "warn" : levels[node.state]}>{t(`live.node.${node.state}`)}</Status>
        {node.parts?.map((part) => (
          <span key={part} className={classes.part}>
            {t(`live.node.part.${part}`)}
          </span>
        ))}
        <span className={classes.pid}>
          {silent
            ? t("live.node.silent", { age: formats.duration(node.ageS * 1_000) })
            : t("live.node.pid", { pid: node.pid })}
        </span>
      </div>
      <dl className={classes.facts}>
        <div>
          <dt>{t("live.node.qps")}</dt>
          <dd>{formats.rate(node.qps)}</dd>
        </div>
        <div>
          <dt>{t("live.node.loop")}</dt>
          <dd>{formats.percent(node.eventLoop)}</dd>
        </div>
        <div>
          <dt>{t("live.node.inFlight")}</dt>
          <dd>{formats.count(node.inFlight)}</dd>
        </div>
        {node.cache ? <CacheFact cache={node.cache} /> : null}
      </dl>
      {ask === null ? null : (
        <div className={classes.actions}>
          {offered(node).map((action) => (
            <button key={action} type="button" onClick={() => ask(action, node)}>
              {t(`live.node.${action}`)}
              <span className="ow-unseen"> {node.id}</span>
            </button>
          ))}
        </div>
      )}
    </li>
  );
}
