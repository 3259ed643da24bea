import type { ReactNode } from "react";
import classes from "./tick.module.css";

/** Something that is done only where somebody says so. */
export const Tick = ({
  isSet,
  onChange,
  children,
}: {
  isSet: boolean;
  onChange: (isSet: boolean) => void;
  children: ReactNode;
}) => (
  <label className={classes.tick}>
    <input type="checkbox" checked={isSet} onChange={(event) => onChange(event.currentTarget.checked)} />
    {children}
  </label>
);
