import { Button } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { Dialog } from "./dialog.tsx";
import classes from "./form-dialog.module.css";

/** A dialog that asks for a few things and then does one: the text says what will follow. */
export function FormDialog({
  title,
  effect,
  action,
  cancel,
  isDangerous = false,
  isBusy,
  onSubmit,
  onClose,
  children,
}: {
  title: string;
  effect: ReactNode;
  action: string;
  cancel: string;
  isDangerous?: boolean;
  isBusy: boolean;
  onSubmit: (form: FormData) => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onSubmit(new FormData(event.currentTarget));
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit} className={classes.form} noValidate>
        <p className={classes.effect}>{effect}</p>
        {children}
        <div className={classes.actions}>
          <Button variant="default" onClick={onClose}>
            {cancel}
          </Button>
          <Button type="submit" color={isDangerous ? "alarm" : "signal"} loading={isBusy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The text of a field, without the blanks around it. */
export const textOf = (form: FormData, name: string): string => String(form.get(name) ?? "").trim();
