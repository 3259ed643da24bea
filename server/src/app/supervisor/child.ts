import { type ChildProcess, spawn } from "node:child_process";
import type { Logger } from "../../platform/log.ts";
import { lookAtProcess } from "../../platform/process-identity.ts";
import {
  type ChildMessage,
  childMessage,
  type SupervisorMessage,
} from "../../platform/supervision-messages.ts";

export type Child = {
  pid: number;
  send(message: SupervisorMessage): void;
  /** Sends a bound socket along; `onFailure` when it cannot be handed over. */
  sendHandle(message: SupervisorMessage, handle: object, onFailure: (error: Error) => void): void;
  kill(): void;
  /** Does nothing to a process that is gone. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Whether it stands still, as the system has it; false where there is no /proc, or when it is gone. */
  isStopped(): boolean;
  /**
   * Whether it has ended though the system may need a while to clear it away and to tell us: nothing of ours runs in it
   * any more. False where there is no /proc.
   */
  isOver(): boolean;
};

export type ChildOptions = {
  /** Program and arguments. */
  command: readonly [string, ...string[]];
  environment: Readonly<Record<string, string | undefined>>;
  /**
   * Leaves our session and process group: signals of the terminal do not reach it. Linux shares the processors between
   * sessions before it looks at processes (autogroups, sched(7)), and PostgreSQL is a session too: one that holds all of our
   * children has no more than PostgreSQL alone.
   */
  hasOwnSession: boolean;
  log: Logger;
  onMessage(message: ChildMessage): void;
  /** Called once, also when the program could not be started at all. Messages already on their way may follow. */
  onExit(how: string): void;
};

function writeTo(process_: ChildProcess, log: Logger) {
  return (message: SupervisorMessage, handle?: object, onFailure?: (error: Error) => void) => {
    if (!process_.connected) return;
    const done = (error: Error | null) => {
      if (!error) return;
      if (onFailure) onFailure(error);
      else log.debug({ err: error, pid: process_.pid }, "a child went before it got its message");
    };
    // Node sends raw handles but types only the objects around them.
    Reflect.apply(
      process_.send,
      process_,
      handle ? [message, handle, {}, done] : [message, undefined, {}, done],
    );
  };
}

function spawnProcess({ command, environment, hasOwnSession }: ChildOptions): ChildProcess {
  const [program, ...args] = command;
  return spawn(program, args, {
    env: { ...environment },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    detached: hasOwnSession,
  });
}

/** Its end is told once whoever starts it has noted it. */
function neverBegun(why: string, onExit: ChildOptions["onExit"]): Child {
  process.nextTick(onExit, why);
  const nothing = () => undefined;
  return {
    ...{ pid: 0, send: nothing, sendHandle: nothing, kill: nothing, signal: nothing },
    isStopped: () => false,
    isOver: () => true,
  };
}

/** Starts a child with a channel to talk to it; it stops by itself when the channel ends. */
export function spawnChild(options: ChildOptions): Child {
  const { log } = options;
  let child: ChildProcess;
  try {
    child = spawnProcess(options);
  } catch (error) {
    // Some refusals of the system Node tells by an event (EAGAIN, EMFILE), others it throws (ENOMEM).
    return neverBegun(error instanceof Error ? error.message : String(error), options.onExit);
  }
  let isGone = false;
  const exit = (how: string) => {
    if (isGone) return;
    isGone = true;
    options.onExit(how);
  };
  child.once("error", (error) => {
    // Also a failed kill or send arrives here; only a program that never ran is gone.
    if (child.pid === undefined) exit(error.message);
    else log.warn({ err: error, pid: child.pid }, "trouble with a child process");
  });
  child.once("exit", (code, signal) => exit(signal ?? `exit code ${code}`));
  child.on("message", (raw) => {
    const message = childMessage.safeParse(raw);
    if (message.success) options.onMessage(message.data);
    else log.warn({ pid: child.pid, issues: message.error.issues }, "a child said something unknown");
  });
  const write = writeTo(child, log);
  const look = () => (isGone || child.pid === undefined ? undefined : lookAtProcess(child.pid));
  return {
    pid: child.pid ?? 0,
    send: (message) => write(message),
    sendHandle: (message, handle, onFailure) => {
      try {
        write(message, handle, onFailure);
      } catch (error) {
        onFailure(error instanceof Error ? error : new Error(String(error)));
      }
    },
    kill: () => {
      child.kill("SIGKILL");
    },
    signal: (signal) => {
      child.kill(signal);
    },
    isStopped: () => look()?.state === "T",
    isOver: () => isGone || look()?.isExiting === true,
  };
}
