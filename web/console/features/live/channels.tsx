import type { ChannelFrame } from "@orderwatch/shared/live/frame.ts";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { Panel } from "../../../ui/panel.tsx";
import { type Level, Status } from "../../../ui/status.tsx";
import { useFormats, useWords } from "../../words.ts";
import classes from "./channels.module.css";
import { isIll } from "./transform.ts";

type Health = "ok" | "ill" | "idle";
const levels: Record<Health, Level> = { ok: "ok", ill: "bad", idle: "quiet" };

const healthOf = (channel: ChannelFrame): Health =>
  channel.successRate === null ? "idle" : isIll(channel) ? "ill" : "ok";

/** How each payment company does, always over the last five minutes. */
export const Channels = memo(function Channels({
  channels,
  from,
}: {
  channels: readonly ChannelFrame[];
  from: string;
}) {
  const t = useWords();
  const formats = useFormats();
  return (
    <Panel title={t("live.channels")} note={t("live.over.minutes")} flush>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t("live.channel")}</th>
            <th scope="col" className={classes.number}>
              {t("live.channel.paid")}
            </th>
            <th scope="col" className={classes.number}>
              {t("live.channel.failed")}
            </th>
            <th scope="col" className={classes.number}>
              {t("live.channel.success")}
            </th>
          </tr>
        </thead>
        <tbody>
          {channels.map((channel) => {
            const health = healthOf(channel);
            return (
              <tr key={channel.method}>
                <th scope="row">
                  <Link
                    to="/orders"
                    search={{ paymentMethod: channel.method, from }}
                    className={classes.name}
                  >
                    {t(`method.${channel.method}`)}
                  </Link>
                  <Status level={levels[health]}>{t(`live.channel.${health}`)}</Status>
                </th>
                <td className={classes.number}>{formats.count(channel.paid)}</td>
                <td className={classes.number}>{formats.count(channel.failed)}</td>
                <td className={classes.number}>
                  {channel.successRate === null ? "–" : formats.percent(channel.successRate)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
});
