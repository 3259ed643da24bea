import { useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";

/** A link to a path of this console that the server named; nothing is loaded anew. */
export function ConsoleLink({ to, children }: { to: string; children: ReactNode }) {
  const router = useRouter();
  return (
    <a
      href={to}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || !to.startsWith("/")) return;
        event.preventDefault();
        router.history.push(to);
      }}
    >
      {children}
    </a>
  );
}
