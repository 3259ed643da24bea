import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** A benchmark's helper process; its log goes to standard error. */
export interface Child<Message> {
  next(): Promise<Message>;
  send(message: object): void;
  stop(): Promise<void>;
}

export function startChild<Message>(file: URL, env: Record<string, string>): Child<Message> {
  const child: ChildProcess = fork(file, { env: { ...process.env, ...env }, stdio: ["ignore", 2, 2, "ipc"] });
  return {
    async next() {
      const answered = new AbortController();
      const { signal } = answered;
      const ended = once(child, "exit", { signal }).then(([code]) => {
        throw new Error(`${file.pathname} ended with ${code}`);
      });
      try {
        const [message] = (await Promise.race([once(child, "message", { signal }), ended])) as [Message];
        return message;
      } finally {
        ended.catch(() => undefined);
        answered.abort();
      }
    },
    send: (message) => void child.send(message),
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}
