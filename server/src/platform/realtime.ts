import type { Server as HttpServer, IncomingHttpHeaders } from "node:http";
import { may, type Permission, type Role } from "@orderwatch/shared/ops/roles.ts";
import { DomainError, toProblem } from "@orderwatch/shared/problem.ts";
import { Server, type Socket } from "socket.io";
import type { NewId } from "./ids.ts";
import type { Logger } from "./log.ts";

/** Whose session a socket came with. */
export interface SocketSession {
  sessionId: string;
  userId: string;
  role: Role;
}

/** The session that a handshake's headers prove, or null. */
export type Authenticate = (headers: IncomingHttpHeaders) => Promise<SocketSession | null>;

export interface Realtime {
  readonly io: Server;
  /** Lets into a namespace only staff with a session, from an allowed origin, whose role has the permission. */
  guard(namespace: string, permission: Permission): void;
  /** Ends every socket of a session, on every console that shares the fan-out. */
  disconnectSession(sessionId: string): void;
  /** Ends this console's sockets; clients try again by themselves. The HTTP server stays its owner's to close. */
  close(): Promise<void>;
}

export interface RealtimeOptions {
  server: HttpServer;
  /** Origins that browsers may come from, exactly as they send them. */
  origins: readonly string[];
  authenticate: Authenticate;
  newId: NewId;
  log: Logger;
  /** How often a session is looked up again while its sockets are open, in ms. */
  recheckEveryMs?: number;
}

interface SessionData {
  session?: SocketSession;
}

/** Whose session a socket was let in with; for what within a namespace not every role may hear. */
export function sessionOf(socket: Pick<Socket, "data">): SocketSession | undefined {
  return (socket.data as SessionData).session;
}

const sessionRoom = (sessionId: string) => `session:${sessionId}`;

/**
 * socket.io on a console's HTTP server. Compression is off (6 times slower, 3 times the memory), and so is
 * connection state recovery, since nothing may rely on it.
 */
export function createRealtime(options: RealtimeOptions): Realtime {
  const io = new Server(options.server, {
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: 64 * 1024,
    connectTimeout: 10_000,
    pingInterval: 10_000,
    pingTimeout: 8_000,
  });

  const admit = async (socket: Socket, permission: Permission): Promise<void> => {
    const { origin } = socket.handshake.headers;
    // A browser sends none where it polls its own origin; such a client has to use the websocket, which always does.
    if (origin === undefined || !options.origins.includes(origin))
      throw new DomainError("request.origin_refused", "Sockets are refused from this origin");
    const session = await options.authenticate(socket.handshake.headers);
    if (!session) throw new DomainError("session.required", "Sign in first");
    if (!may(session.role, permission))
      throw new DomainError("session.forbidden", "Your role may not do this");
    (socket.data as SessionData).session = session;
    await socket.join(sessionRoom(session.sessionId));
  };

  const keepChecking = (socket: Socket) => {
    const sessionId = sessionOf(socket)?.sessionId;
    const recheck = async () => {
      try {
        const session = await options.authenticate(socket.handshake.headers);
        if (session?.sessionId !== sessionId) socket.disconnect(true);
      } catch (error) {
        options.log.warn({ err: error }, "a socket's session could not be looked up again");
      }
    };
    const timer = setInterval(() => void recheck(), options.recheckEveryMs ?? 60_000).unref();
    socket.on("disconnect", () => clearInterval(timer));
  };

  return {
    io,
    guard(namespace, permission) {
      const guarded = io.of(namespace).use((socket, next) => {
        admit(socket, permission)
          .then(() => next())
          .catch((error: unknown) => next(refusal(error, options)));
      });
      // Not when it is let in: of a socket that has left by then, no "disconnect" would tell.
      guarded.on("connection", keepChecking);
    },
    disconnectSession(sessionId) {
      for (const namespace of io._nsps.values()) namespace.in(sessionRoom(sessionId)).disconnectSockets(true);
    },
    async close() {
      // Not `disconnectSockets`: that would reach other consoles' sockets, and tell clients to stay away.
      io.engine.close();
      await new Promise(setImmediate);
    },
  };
}

/** What the client's `connect_error` carries in `data`: a problem document. */
function refusal(error: unknown, options: { newId: NewId; log: Logger }): Error & { data: unknown } {
  const known =
    error instanceof DomainError
      ? error
      : new DomainError("server.failed", "Please try again", { cause: error });
  const requestId = options.newId();
  if (known.status >= 500) options.log.error({ err: error, requestId }, "a socket could not be let in");
  return Object.assign(new Error(known.message), { data: toProblem(known, requestId) });
}
