import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { refusalOf } from "../lib/api.ts";
import { readLiveSearch } from "./features/live/search.ts";
import { readMailboxSearch } from "./features/notify/search.ts";
import { readOrderSearch } from "./features/orders/search.ts";
import { readPathsSearch } from "./features/paths/search.ts";
import { meQuery } from "./features/session/me.ts";
import { readTicketsSearch } from "./features/tickets/views.ts";
import { Crashed, NotFound, Waiting } from "./routes/fallbacks.tsx";
import { Shell } from "./routes/shell.tsx";
import { SignIn } from "./routes/sign-in.tsx";

export interface RouterContext {
  queries: QueryClient;
}

const root = createRootRouteWithContext<RouterContext>()({ component: Outlet, notFoundComponent: NotFound });

export interface SignInSearch {
  /** Where the visitor wanted to go. */
  back?: string;
  /** Whether a session had been there and ended. */
  ended?: boolean;
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: SignIn,
  validateSearch: (search: Record<string, unknown>): SignInSearch => ({
    ...(typeof search.back === "string" ? { back: search.back } : {}),
    ...(search.ended === true ? { ended: true } : {}),
  }),
});

/** Everything behind the sign-in: nobody signed in means the way there, and back afterwards. */
const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queries.ensureQueryData(meQuery);
    } catch (error) {
      if (refusalOf(error).code !== "session.required") throw error;
      throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { back: location.href } });
    }
  },
});

const live = createRoute({
  getParentRoute: () => shell,
  path: "/",
  validateSearch: readLiveSearch,
  component: lazyRouteComponent(() => import("./routes/live.tsx"), "Live"),
});

export interface IncidentsSearch {
  /** Past ones of this level only. */
  level?: 1 | 2 | 3;
  /** Whether to begin with the declaration of a new one. */
  declare?: true;
}

const levels = [1, 2, 3] as const;

const incidents = createRoute({
  getParentRoute: () => shell,
  path: "/incidents",
  validateSearch: (search: Record<string, unknown>): IncidentsSearch => {
    const level = levels.find((each) => each === search.level);
    return {
      ...(level === undefined ? {} : { level }),
      ...(search.declare === true ? { declare: true } : {}),
    };
  },
  component: lazyRouteComponent(() => import("./routes/incidents.tsx"), "Incidents"),
});

const incident = createRoute({
  getParentRoute: () => shell,
  path: "/incidents/$id",
  component: lazyRouteComponent(() => import("./routes/incident.tsx"), "Incident"),
});

const postmortem = createRoute({
  getParentRoute: () => shell,
  path: "/incidents/$id/postmortem",
  component: lazyRouteComponent(() => import("./routes/postmortem.tsx"), "PostmortemScreen"),
});

const tickets = createRoute({
  getParentRoute: () => shell,
  path: "/tickets",
  validateSearch: readTicketsSearch,
  component: lazyRouteComponent(() => import("./routes/tickets.tsx"), "Tickets"),
});

const team = createRoute({
  getParentRoute: () => shell,
  path: "/team",
  component: lazyRouteComponent(() => import("./routes/team.tsx"), "Team"),
});

const ticket = createRoute({
  getParentRoute: () => shell,
  path: "/tickets/$id",
  validateSearch: readTicketsSearch,
  component: lazyRouteComponent(() => import("./routes/tickets.tsx"), "Tickets"),
});

const drills = createRoute({
  getParentRoute: () => shell,
  path: "/drills",
  component: lazyRouteComponent(() => import("./routes/drills.tsx"), "Drills"),
});

const drillRun = createRoute({
  getParentRoute: () => shell,
  path: "/drills/runs/$id",
  component: lazyRouteComponent(() => import("./routes/drill-run.tsx"), "DrillRunScreen"),
});

const orders = createRoute({
  getParentRoute: () => shell,
  path: "/orders",
  validateSearch: readOrderSearch,
  component: lazyRouteComponent(() => import("./routes/orders.tsx"), "Orders"),
});

const order = createRoute({
  getParentRoute: () => shell,
  path: "/orders/$id",
  component: lazyRouteComponent(() => import("./routes/order.tsx"), "Order"),
});

const reconciliation = createRoute({
  getParentRoute: () => shell,
  path: "/reconciliation",
  component: lazyRouteComponent(() => import("./routes/reconciliation.tsx"), "Reconciliation"),
});

const reconciliationRun = createRoute({
  getParentRoute: () => shell,
  path: "/reconciliation/$id",
  validateSearch: (search: Record<string, unknown>): { show?: "all" } =>
    search.show === "all" ? { show: "all" } : {},
  component: lazyRouteComponent(() => import("./routes/reconciliation-run.tsx"), "ReconciliationRun"),
});

const products = createRoute({
  getParentRoute: () => shell,
  path: "/products",
  validateSearch: (search: Record<string, unknown>): { create?: true } =>
    search.create === true ? { create: true } : {},
  component: lazyRouteComponent(() => import("./routes/products.tsx"), "Products"),
});

const product = createRoute({
  getParentRoute: () => shell,
  path: "/products/$sku",
  component: lazyRouteComponent(() => import("./routes/product.tsx"), "Product"),
});

const paths = createRoute({
  getParentRoute: () => shell,
  path: "/paths",
  validateSearch: readPathsSearch,
  component: lazyRouteComponent(() => import("./routes/paths.tsx"), "Paths"),
});

const detection = createRoute({
  getParentRoute: () => shell,
  path: "/detection",
  component: lazyRouteComponent(() => import("./routes/detection.tsx"), "Detection"),
});

const detectionRule = createRoute({
  getParentRoute: () => shell,
  path: "/detection/$slug",
  component: lazyRouteComponent(() => import("./routes/detection-rule.tsx"), "DetectionRule"),
});

const onCall = createRoute({
  getParentRoute: () => shell,
  path: "/on-call",
  component: lazyRouteComponent(() => import("./routes/oncall.tsx"), "OnCall"),
});

const mailbox = createRoute({
  getParentRoute: () => shell,
  path: "/mailbox",
  validateSearch: readMailboxSearch,
  component: lazyRouteComponent(() => import("./routes/mailbox.tsx"), "Mailbox"),
});

const routeTree = root.addChildren([
  signIn,
  shell.addChildren([
    live,
    incidents,
    incident,
    postmortem,
    tickets,
    ticket,
    team,
    orders,
    order,
    reconciliation,
    reconciliationRun,
    products,
    product,
    mailbox,
    paths,
    drills,
    drillRun,
    onCall,
    detection,
    detectionRule,
  ]),
]);

export function createConsoleRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    defaultPreload: "intent",
    defaultErrorComponent: Crashed,
    defaultPendingComponent: Waiting,
    scrollRestoration: true,
  });
}

export type ConsoleRouter = ReturnType<typeof createConsoleRouter>;

declare module "@tanstack/react-router" {
  interface Register {
    router: ConsoleRouter;
  }
}
