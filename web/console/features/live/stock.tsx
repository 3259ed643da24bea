import type { StockAlert } from "@orderwatch/shared/live/frame.ts";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { Status } from "../../../ui/status.tsx";
import { useFormats, useWords } from "../../words.ts";
import classes from "./stock.module.css";

/** What will be sold out soon, the most urgent first as the server ranks it. */
export const Stock = memo(function Stock({ alerts }: { alerts: readonly StockAlert[] }) {
  const t = useWords();
  const formats = useFormats();
  const lasts = ({ available, soldLastHour }: StockAlert) =>
    soldLastHour === 0 || available === 0
      ? t("live.stock.sold", { count: formats.count(soldLastHour) })
      : t("live.stock.lasts", { minutes: formats.count(Math.ceil((available / soldLastHour) * 60)) });
  return (
    <Panel title={t("live.stock")} flush>
      {alerts.length === 0 ? (
        <Empty title={t("live.stock.none")}>{t("live.stock.noneText")}</Empty>
      ) : (
        <ul className={classes.list}>
          {alerts.map((alert) => (
            <li key={alert.sku}>
              <Link to="/products/$sku" params={{ sku: alert.sku }} className={classes.row}>
                <span className={classes.words}>
                  <span className={classes.name}>{alert.name}</span>
                  <span className={classes.note}>{lasts(alert)}</span>
                </span>
                <Status level={alert.available === 0 ? "bad" : "warn"}>
                  {alert.available === 0
                    ? t("live.stock.out")
                    : t("live.stock.left", { count: formats.count(alert.available) })}
                </Status>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
});
