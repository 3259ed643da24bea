import { IconX } from "@tabler/icons-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { useSpeech } from "../language/language.tsx";
import styles from "./sheet.module.css";

interface SheetProps {
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
  /** Stays in view while the rest scrolls. */
  footer?: ReactNode;
}

/** A sheet from the bottom of a phone, a dialog on a desk; the browser keeps focus inside and closes it on Escape. */
export function Sheet({ title, onClose, children, footer }: SheetProps) {
  const { words } = useSpeech();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const titleId = useId();
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    // The content covers the dialog, so only a click on its backdrop has the dialog itself as target.
    const onBackdrop = (event: MouseEvent) => event.target === element && close.current();
    element.addEventListener("click", onBackdrop);
    element.showModal();
    // The title is read first; left alone, the browser starts at the button that closes.
    heading.current?.focus();
    return () => {
      element.removeEventListener("click", onBackdrop);
      element.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className={styles.sheet}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className={styles.content}>
        <header className={styles.header}>
          <h2 id={titleId} ref={heading} tabIndex={-1}>
            {title}
          </h2>
          <button type="button" className={styles.close} onClick={onClose} aria-label={words.close}>
            <IconX size={22} aria-hidden="true" />
          </button>
        </header>
        <div className={styles.scroll}>{children}</div>
        {footer && <footer className={styles.footer}>{footer}</footer>}
      </div>
    </dialog>
  );
}
