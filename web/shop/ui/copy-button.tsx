import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useSpeech } from "../language/language.tsx";
import { Button } from "./button.tsx";
import { copyText } from "./copy.ts";
import hidden from "./hidden.module.css";

interface CopyButtonProps {
  text: string;
  label: string;
  /** What a screen reader says, where the label alone would be ambiguous. */
  name?: string;
  look?: "primary" | "secondary" | "quiet";
  /** The element to select when the browser refuses to copy. */
  source?: () => HTMLElement | null;
}

export function CopyButton({ text, label, name, look = "secondary", source }: CopyButtonProps) {
  const { words } = useSpeech();
  const [outcome, setOutcome] = useState<"copied" | "selected" | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), 2_500);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => {
    if (await copyText(text)) return setOutcome("copied");
    const element = source?.();
    if (element) getSelection()?.selectAllChildren(element);
    setOutcome("selected");
  };
  const said =
    outcome === "copied" ? words.order.copied : outcome === "selected" ? words.order.copyByHand : null;
  return (
    <Button look={look} onClick={copy} aria-label={said ? undefined : name}>
      {outcome === "copied" ? (
        <IconCheck size={20} aria-hidden="true" />
      ) : (
        <IconCopy size={20} aria-hidden="true" />
      )}
      {said ?? label}
      <span role="status" className={hidden.visually}>
        {said}
      </span>
    </Button>
  );
}
