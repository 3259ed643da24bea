import { may, type Permission } from "@orderwatch/shared/ops/roles.ts";
import type { DefaultEventsMap, Namespace } from "socket.io";
import type { Logger } from "../../platform/log.ts";
import type { Accounts, Staff } from "./actions.ts";

/** How soon a socket learns that its session ended on another console, or ran out; in ms. */
const lookAgainMs = 10_000;

/**
 * Lets only signed-in staff with `permission` into a namespace, from our own pages, and puts them out when their session
 * ends. Returns what stops looking.
 */
export function guardNamespace<
  C extends DefaultEventsMap,
  S extends DefaultEventsMap,
  I extends DefaultEventsMap,
  D,
>(
  namespace: Namespace<C, S, I, D>,
  context: { accounts: Accounts; origins: readonly string[]; permission: Permission; log: Logger },
): () => void {
  const { accounts, origins, log } = context;
  const admitted = new WeakMap<object, string>();
  /** Of connected sockets, by socket id. */
  const sessions = new Map<string, string>();

  namespace.use((socket, next) => {
    const { headers } = socket.handshake;
    if (headers.origin === undefined || !origins.includes(headers.origin)) {
      next(new Error("request.origin_refused"));
      return;
    }
    accounts.authenticate(headers).then(
      (staff) => {
        const refusal = refusalOf(staff, context.permission);
        if (staff) admitted.set(socket, staff.sessionId);
        next(refusal === undefined ? undefined : new Error(refusal));
      },
      (error: unknown) => {
        log.error({ err: error }, "a socket's session could not be read");
        next(new Error("server.failed"));
      },
    );
  });
  namespace.on("connection", (socket) => {
    sessions.set(socket.id, admitted.get(socket) ?? "");
    socket.on("disconnect", () => sessions.delete(socket.id));
  });

  const end = (sessionId: string) => {
    for (const [socketId, of] of sessions)
      if (of === sessionId) namespace.sockets.get(socketId)?.disconnect(true);
  };
  const lookAgain = async () => {
    const held = [...new Set(sessions.values())];
    if (held.length === 0) return;
    const alive = await accounts.liveSessions(held);
    for (const sessionId of held) if (!alive.has(sessionId)) end(sessionId);
  };
  const forget = accounts.onSessionEnded(end);
  const timer = setInterval(() => {
    lookAgain().catch((error: unknown) =>
      log.warn({ err: error }, "sessions of sockets could not be checked"),
    );
  }, lookAgainMs);
  return () => {
    clearInterval(timer);
    forget();
  };
}

function refusalOf(staff: Staff | null, permission: Permission): string | undefined {
  if (!staff) return "session.required";
  return may(staff.role, permission) ? undefined : "session.forbidden";
}
