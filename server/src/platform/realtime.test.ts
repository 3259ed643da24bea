import { io as connect } from "socket.io-client";
import { expect, it, onTestFinished } from "vitest";
import { listenRealtime } from "../../test/live.ts";
import { eventually } from "../../test/poll.ts";

it("the session of a socket that left before it was let in is not looked up again", async () => {
  const held = Promise.withResolvers<void>();
  const lookedUp = { ann: 0, bob: 0 };
  const realtime = await listenRealtime({
    recheckEveryMs: 5,
    authenticate: async ({ cookie }) => {
      const name = cookie === "ann" ? "ann" : "bob";
      lookedUp[name] += 1;
      if (name === "ann") await held.promise;
      return { sessionId: name, userId: name, role: "viewer" };
    },
  });
  realtime.guard("/live", "live.read");
  const open = (cookie: string) => {
    const socket = connect(`${realtime.url}/live`, {
      ...{ transports: ["websocket"], forceNew: true, reconnection: false },
      extraHeaders: { cookie, origin: "https://console.example" },
    });
    onTestFinished(() => void socket.disconnect());
    return socket;
  };
  const ann = open("ann");
  await eventually("she is being looked up", () => lookedUp.ann === 1);
  ann.disconnect();
  await eventually("she has left", () => realtime.io.engine.clientsCount === 0);
  held.resolve();
  open("bob");
  // Both would be looked up equally often.
  await eventually("bob is looked up again and again", () => lookedUp.bob > 10);
  expect(lookedUp.ann).toBe(1);
});
