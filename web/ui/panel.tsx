import { type ReactNode, useId } from "react";
import classes from "./panel.module.css";

interface PanelProps {
  title: string;
  /** What the figures cover, beside the title: "last 5 minutes". */
  note?: string | undefined;
  aside?: ReactNode;
  children: ReactNode;
  /** Lets tables and lists reach the border. */
  flush?: boolean;
  id?: string;
  className?: string | undefined;
}

/** A titled region of a screen. */
export function Panel({ title, note, aside, children, flush, id, className }: PanelProps) {
  const titleId = useId();
  return (
    <section
      id={id}
      aria-labelledby={titleId}
      className={className ? `${classes.panel} ${className}` : classes.panel}
    >
      <header className={classes.head}>
        <h2 id={titleId} className={classes.title}>
          {title}
        </h2>
        {note === undefined ? null : <span className={classes.note}>{note}</span>}
        {aside === undefined ? null : <div className={classes.aside}>{aside}</div>}
      </header>
      <div className={flush ? classes.flush : classes.body}>{children}</div>
    </section>
  );
}
