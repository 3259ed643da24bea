import "../ui/styles.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { getLocale } from "../lib/i18n/locale.ts";
import { theme } from "../ui/theme.ts";
import { createQueryClient } from "./queries.ts";
import { createConsoleRouter } from "./router.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
document.documentElement.lang = getLocale();

const queries = createQueryClient(() => {
  const { href, pathname } = router.state.location;
  if (pathname === "/sign-in") return;
  // The answer of `me` must not outlive the session, or the way back would lead into a screen of refusals.
  if (queries.getQueryData(["me"]) === undefined) return;
  queries.clear();
  void router.navigate({ to: "/sign-in", search: { back: href, ended: true } });
});
const router = createConsoleRouter(queries);

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="dark">
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
