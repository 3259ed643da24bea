import { expect, it } from "vitest";
import { shareReadiness } from "./readiness.ts";

it("whoever asks whether a process can serve shares one look, however many they are", async () => {
  const answer = Promise.withResolvers<string | undefined>();
  let looks = 0;
  const ask = shareReadiness(() => {
    looks += 1;
    return answer.promise;
  });
  const asked = Array.from({ length: 400 }, () => ask());
  answer.resolve("away");
  expect(new Set(await Promise.all(asked))).toEqual(new Set(["away"]));
  expect(looks).toBe(1);
});

it("an answer is good for a moment, a look that failed as well, and then somebody looks again", async () => {
  let now = 0;
  let looks = 0;
  const reasons = ["away", undefined];
  const ask = shareReadiness(async () => reasons[looks++], { nowMs: () => now });
  expect(await ask()).toBe("away");
  now = 250;
  expect(await ask()).toBe("away");
  now = 1_000;
  expect(await ask()).toBeUndefined();
  expect(looks).toBe(2);
});

it("what does not answer in time cannot serve, and is looked at again", async () => {
  let looks = 0;
  let now = 0;
  const ask = shareReadiness(
    async () => {
      looks += 1;
      return await (looks === 1 ? new Promise<undefined>(() => undefined) : undefined);
    },
    { withinMs: 5, nowMs: () => now },
  );
  expect(await ask()).toMatch(/does not answer/);
  now = 1_000;
  expect(await ask()).toBeUndefined();
});
