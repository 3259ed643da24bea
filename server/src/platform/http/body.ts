import type { IncomingMessage } from "node:http";
import { DomainError } from "@orderwatch/shared/problem.ts";

/** The body of one request, which is read at most once. */
export interface RequestBody {
  /** Its bytes; none of a GET. Rejects when it is larger than `limitBytes`, breaks off or is given up. */
  read(limitBytes: number): Promise<Buffer>;
  isBeingRead(): boolean;
  /** For the moment at which its client is answered without it: no event of the request would tell a reader any more. */
  giveUp(): void;
}

export function bodyOf(incoming: IncomingMessage): RequestBody {
  let isGivenUp = false;
  let fail: ((error: Error) => void) | undefined;
  return {
    isBeingRead: () => fail !== undefined,
    async read(limitBytes) {
      if (incoming.method === "GET" || incoming.method === "HEAD") return noBody;
      if (Number(incoming.headers["content-length"] ?? 0) > limitBytes) {
        incoming.resume();
        throw tooLarge(limitBytes);
      }
      // Its client went, or was told to come again, while it was decided whether to read: no event would tell us any more.
      if (isGivenUp || incoming.destroyed || incoming.readableDidRead) throw brokenOff();
      return new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        let size = 0;
        fail = (error) => {
          fail = undefined;
          reject(error);
        };
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > limitBytes) {
            incoming.removeAllListeners("data");
            incoming.resume();
            fail?.(tooLarge(limitBytes));
          } else chunks.push(chunk);
        });
        incoming.on("end", () => {
          fail = undefined;
          resolve(chunks.length === 1 ? (chunks[0] ?? noBody) : Buffer.concat(chunks));
        });
        // Every request closes: only one that is still read breaks off, and an error with its stack is not cheap.
        const breakOff = () => fail?.(brokenOff());
        incoming.on("error", (error) => fail?.(error));
        incoming.on("aborted", breakOff);
        incoming.on("close", breakOff);
      });
    },
    giveUp() {
      isGivenUp = true;
      fail?.(brokenOff());
      // What was refused unread must still leave the socket, or the client never sees the answer.
      incoming.resume();
    },
  };
}

export const noBody = Buffer.alloc(0);

const brokenOff = () => new DomainError("request.malformed", "The body broke off");

const tooLarge = (limitBytes: number) =>
  new DomainError("request.too_large", `The body may have at most ${limitBytes} bytes`);
