import { ActionIcon, UnstyledButton } from "@mantine/core";
import { IconExternalLink, IconMenu2, IconSearch, IconX } from "@tabler/icons-react";
import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { Alarm } from "../features/incidents/alarm.tsx";
import { useMay, useMe } from "../features/session/me.ts";
import { Account } from "../features/shell/account.tsx";
import { Brand } from "../features/shell/brand.tsx";
import { Clock } from "../features/shell/clock.tsx";
import { LanguageSwitch } from "../features/shell/language-switch.tsx";
import { Navigation } from "../features/shell/navigation.tsx";
import { screens } from "../features/shell/screens.ts";
import { useShortcuts } from "../features/shell/shortcuts.ts";
import { ThemeSwitch } from "../features/shell/theme-switch.tsx";
import { useWords } from "../words.ts";
import classes from "./shell.module.css";

const Palette = lazy(() => import("../features/shell/palette.tsx"));
const StopBar = lazy(() =>
  import("../features/drills/stop-bar.tsx").then(({ StopBar }) => ({ default: StopBar })),
);
const StopControl = lazy(() =>
  import("../features/drills/stop-bar.tsx").then(({ StopControl }) => ({ default: StopControl })),
);
const Help = lazy(() => import("../features/shell/help.tsx").then(({ Help }) => ({ default: Help })));

type Overlay = "palette" | "help" | null;

/** What surrounds every screen: navigation, search, preferences, account. `?wall` takes all of it away. */
export function Shell() {
  const t = useWords();
  const wall = useRouterState({ select: ({ location }) => "wall" in location.search });
  const [overlay, setOverlay] = useState<Overlay>(null);
  const [navOpen, setNavOpen] = useState(false);
  useScreenShortcuts(setOverlay);
  const close = () => setOverlay(null);

  const overlays = (
    <Suspense fallback={null}>
      {overlay === "palette" ? <Palette onClose={close} /> : null}
      {overlay === "help" ? <Help onClose={close} /> : null}
    </Suspense>
  );
  if (wall)
    return (
      <main className={classes.wall}>
        <Alarm />
        <Outlet />
        {overlays}
      </main>
    );
  return (
    <div className={classes.shell} data-nav-open={navOpen || undefined}>
      <a className={classes.skip} href="#content">
        {t("app.skip")}
      </a>
      <header className={classes.header}>
        <ActionIcon
          className={classes.burger}
          variant="subtle"
          color="gray"
          size={48}
          aria-label={t("nav.open")}
          aria-expanded={navOpen}
          aria-controls="sidebar"
          onClick={() => setNavOpen((open) => !open)}
        >
          {navOpen ? <IconX size={20} /> : <IconMenu2 size={20} />}
        </ActionIcon>
        <span className={classes.headerBrand}>
          <Brand />
        </span>
        <UnstyledButton className={classes.search} onClick={() => setOverlay("palette")}>
          <IconSearch size={16} stroke={1.6} aria-hidden="true" />
          <span className={classes.searchText}>{t("nav.search")}</span>
          <kbd className={classes.searchKey}>⌘K</kbd>
        </UnstyledButton>
        <div className={classes.tools}>
          <Clock />
          <Suspense fallback={null}>
            <StopControl />
          </Suspense>
          <LanguageSwitch />
          <ThemeSwitch />
        </div>
      </header>
      <aside className={classes.sidebar} id="sidebar" aria-label={t("nav.sidebar")}>
        <div className={classes.sidebarBrand}>
          <Brand />
        </div>
        <Navigation onChosen={() => setNavOpen(false)} />
        <div className={classes.foot}>
          <ShopLink />
          <button type="button" className={classes.footLink} onClick={() => setOverlay("help")}>
            <kbd>?</kbd> {t("menu.help")}
          </button>
          <Account />
        </div>
      </aside>
      <main id="content" className={classes.main} tabIndex={-1}>
        <Alarm />
        <Suspense fallback={null}>
          <StopBar />
        </Suspense>
        <Outlet />
      </main>
      {overlays}
    </div>
  );
}

function ShopLink() {
  const t = useWords();
  const { shopUrl } = useMe();
  return (
    <a className={classes.footLink} href={shopUrl} target="_blank" rel="noreferrer">
      <IconExternalLink size={15} stroke={1.6} aria-hidden="true" /> {t("nav.shop")}
    </a>
  );
}

function useScreenShortcuts(open: (overlay: Overlay) => void): void {
  const may = useMay();
  const navigate = useNavigate();
  const allowed = screens.filter((screen) => may(screen.permission));
  useShortcuts({
    ...Object.fromEntries(allowed.map((screen) => [screen.keys, () => void navigate({ to: screen.to })])),
    "?": () => open("help"),
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey) || event.shiftKey) return;
      event.preventDefault();
      open("palette");
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [open]);
}
