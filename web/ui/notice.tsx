import type { ReactNode } from "react";
import classes from "./notice.module.css";
import { type Level, LevelIcon } from "./status.tsx";

/** Something the reader must know, with what to do about it. */
export function Notice({
  level,
  title,
  children,
  actions,
}: {
  level: Level;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={`${classes.notice} ${classes[level]}`} role={level === "bad" ? "alert" : "status"}>
      <LevelIcon level={level} size={14} />
      <div>
        <div className={classes.title}>{title}</div>
        {children === undefined ? null : <div className={classes.text}>{children}</div>}
        {actions === undefined ? null : <div className={classes.actions}>{actions}</div>}
      </div>
    </div>
  );
}

/** An empty place that says what would stand here. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={classes.empty}>
      <strong>{title}</strong>
      {children}
    </div>
  );
}
