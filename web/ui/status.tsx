import type { ReactNode } from "react";
import classes from "./status.module.css";

export type Level = "ok" | "warn" | "bad" | "info" | "quiet";

// A shape of its own for each level, so that it is told apart without its colour.
const shapes: Record<Level, ReactNode> = {
  ok: <path d="M2.5 6.5 5 9l4.5-6" fill="none" stroke="currentColor" strokeWidth="1.8" />,
  warn: <path d="M6 1.2 11.4 10.8H.6Zm-.8 3.6v3h1.6v-3Zm0 3.8v1.3h1.6V8.6Z" fillRule="evenodd" />,
  bad: <path d="m2.5 2.5 7 7m0-7-7 7" fill="none" stroke="currentColor" strokeWidth="1.9" />,
  info: <circle cx="6" cy="6" r="4" />,
  quiet: <circle cx="6" cy="6" r="3.4" fill="none" stroke="currentColor" strokeWidth="1.6" />,
};

/** A level as shape, word and colour. */
export function Status({ level, children, title }: { level: Level; children: ReactNode; title?: string }) {
  return (
    <span className={`${classes.status} ${classes[level]}`} title={title}>
      <LevelIcon level={level} />
      {children}
    </span>
  );
}

/** The shape alone, for where the word stands elsewhere. */
export const LevelIcon = ({ level, size = 12 }: { level: Level; size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 12 12" fill="currentColor" aria-hidden="true">
    {shapes[level]}
  </svg>
);
