import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./confirm.module.css";
import { Dialog } from "./dialog.tsx";

/** Asks before something is done: `title` names the target, the text says what will follow. */
export function Confirm({
  title,
  action,
  cancel,
  isDangerous,
  isBusy,
  onConfirm,
  onCancel,
  children,
}: {
  title: string;
  action: string;
  cancel: string;
  isDangerous: boolean;
  isBusy: boolean;
  onConfirm: () => void;
  onCancel: () => void;
  children: ReactNode;
}) {
  return (
    <Dialog title={title} onClose={onCancel}>
      <div className={classes.text}>{children}</div>
      <div className={classes.actions}>
        <Button variant="default" onClick={onCancel} data-autofocus>
          {cancel}
        </Button>
        <Button color={isDangerous ? "alarm" : "signal"} loading={isBusy} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
