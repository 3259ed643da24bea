import { type ComponentProps, useId } from "react";
import styles from "./text-field.module.css";

interface TextFieldProps extends Omit<ComponentProps<"input">, "onChange" | "value" | "className"> {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string | undefined;
  flaw?: string | undefined;
}

export function TextField({ label, value, onChange, hint, flaw, ...rest }: TextFieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, flaw && `${id}-flaw`].filter(Boolean).join(" ");
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        {...rest}
        id={id}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        aria-invalid={flaw !== undefined}
        aria-describedby={described || undefined}
      />
      {hint && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
      {flaw && (
        <p id={`${id}-flaw`} className={styles.flaw}>
          {flaw}
        </p>
      )}
    </div>
  );
}
