import type { ComponentProps } from "react";
import styles from "./button.module.css";

interface ButtonProps extends Omit<ComponentProps<"button">, "className"> {
  look?: "primary" | "secondary" | "quiet";
  /** Something is under way: shows it, and takes no second press. */
  busy?: boolean;
  wide?: boolean;
}

export function Button({ look = "secondary", busy = false, wide = false, children, ...rest }: ButtonProps) {
  const classes = [styles.button, styles[look], wide && styles.wide].filter(Boolean).join(" ");
  return (
    <button type="button" {...rest} className={classes} disabled={busy || rest.disabled} aria-busy={busy}>
      {busy && <span className={styles.spinner} aria-hidden="true" />}
      {children}
    </button>
  );
}
