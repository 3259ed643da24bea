import { test } from "vitest";
import { Timeline } from "./detection-timeline.ts";

const one = (value: number) => [{ labels: {}, value }];

/** The timelines of what strangers do; called from among the others, which are told together whether any rule lacks one. */
export function testAttackRules(): void {
  test.each([
    ["sign-in-guessing", "failed_sign_ins", 40],
    ["card-testing", "unpaid_accounts_on_device", 15],
  ] as const)("%s: from so many on, and not for a few", (slug, gauge, fireAt) => {
    new Timeline()
      .at(5)
      .gauge(gauge, one(fireAt - 1))
      .at(10)
      .gauge(gauge, one(fireAt))
      .between(10, 10)
      .expectFired(slug, 2)
      .at(20)
      .gauge(gauge, one(0))
      .between(80, 80)
      .expectResolved(slug)
      .run(120);
  });

  test("callbacks-refused: forged ones, and callbacks-replayed: old ones; a few of either are nothing", () => {
    new Timeline()
      .at(0)
      .counts({ callbacks_repeated: 20 })
      .at(60)
      .counts({ callbacks_refused: 10 })
      .between(63, 64)
      .expectFired("callbacks-refused", 2)
      .at(70)
      .counts({})
      .between(180, 190)
      .expectResolved("callbacks-refused")
      .at(200)
      .counts({ callbacks_repeated: 200 })
      .between(203, 212)
      .expectFired("callbacks-replayed", 3)
      .at(220)
      .counts({})
      .between(300, 325)
      .expectResolved("callbacks-replayed")
      .run(400);
  });

  test("attack: refusals for risk, by number or by share", () => {
    new Timeline()
      .at(10)
      .counts({ "refused:risk.too_many_requests": 30 })
      .between(12, 16)
      .expectFired("attack", 2)
      .at(60)
      .counts({})
      .between(235, 245)
      .expectResolved("attack")
      .run(300);
  });
}
