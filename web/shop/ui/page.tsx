import { type ReactNode, useEffect, useRef } from "react";
import { useSpeech } from "../language/language.tsx";
import styles from "./page.module.css";

let firstPage = true;

interface PageProps {
  title: string;
  subtitle?: string;
  narrow?: boolean;
  children: ReactNode;
}

/** A screen with its heading; moving to another screen moves the reader's focus there. */
export function Page({ title, subtitle, narrow = false, children }: PageProps) {
  const { words } = useSpeech();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${words.shop}`;
  }, [title, words]);
  useEffect(() => {
    // On the first page the browser's own start is the right place.
    if (!firstPage) heading.current?.focus({ preventScroll: true });
    firstPage = false;
  }, []);
  return (
    <div className={narrow ? styles.narrow : styles.page}>
      <div className={styles.head}>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {subtitle && <p>{subtitle}</p>}
      </div>
      {children}
    </div>
  );
}
