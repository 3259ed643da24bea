import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./dialog.module.css";

/** A dialog with its title. Mantine's own header would be a second banner to screen readers, so it is not used. */
export function Dialog({
  title,
  close,
  onClose,
  children,
}: {
  title: string;
  /** The words of the button that closes it; without them it closes by its own buttons and escape. */
  close?: string;
  onClose: () => void;
  children: ReactNode;
}) {
  return (
    <Modal.Root opened onClose={onClose} size={440}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body className={classes.body ?? ""}>
          <div className={classes.head}>
            <Modal.Title>{title}</Modal.Title>
            {close === undefined ? null : <Modal.CloseButton aria-label={close} />}
          </div>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
