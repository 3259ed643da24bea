import { randomUUID } from "node:crypto";
import { Buyer } from "@orderwatch/shared/shop/buyers.ts";
import { deviceHeader } from "@orderwatch/shared/shop/device-header.ts";
import { Recommendations } from "@orderwatch/shared/shop/recommendations.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import type { HttpRequest } from "../../platform/http/message.ts";
import { createListing, type Listing } from "../catalog/actions.ts";
import {
  askBuyerCode,
  authenticateBuyer,
  signIn,
  signOut,
  takeOwedCodes,
  viewBuyer,
} from "../customers/buyer-actions.ts";
import { issueDevice } from "../orders/device.ts";
import { learnTastes } from "./actions.ts";
import { recommendationEndpoint } from "./routes.ts";

let shop: TestShop;
let listing: Listing;
let buyers = 0;
const devices = new Map<string, string>();

/** A buyer's device buys these, one after the other; simulated shoppers are told by their origin. */
async function buy(name: string, skus: string[], origin: "buyer" | "simulated" = "buyer"): Promise<void> {
  const deviceId = devices.get(name) ?? issueDevice(shop.keys);
  devices.set(name, deviceId);
  for (const sku of skus) {
    shop.clock.advance(60_000);
    const body = orderBody(sku, 1, { deviceId });
    buyers += 1;
    const { id } = await shop.place({
      body,
      origin,
      key: randomUUID(),
      address: `10.0.${buyers >> 8}.${buyers & 255}`,
    });
    await shop.db.sql.query("update orders set status = 'paid', paid_at = $2 where id = $1", [
      id,
      shop.clock.now(),
    ]);
  }
}

async function ask(deviceId?: string, session?: string): Promise<Recommendations["items"]> {
  const request: HttpRequest = {
    ...{ id: "one", method: "GET", path: "/api/recommendations", target: "/api/recommendations", params: {} },
    ...{ query: new URLSearchParams(), address: "127.0.0.1", body: Buffer.alloc(0) },
    headers: {
      ...(deviceId === undefined ? {} : { [deviceHeader]: deviceId }),
      ...(session === undefined ? {} : { authorization: `Bearer ${session}` }),
    },
  };
  const reply = await recommendationEndpoint({ ...shop, listing }).handle(request);
  expect(reply.headers["cache-control"]).toBe("no-store");
  return Recommendations.parse(JSON.parse(String(reply.body))).items;
}

beforeAll(async () => {
  shop = await openTestShop();
  for (const sku of ["GAME-1", "GAME-2", "FILM-1", "FILM-2", "MUSIC"])
    await shop.addProduct({ sku, codes: 60 });
  for (let n = 0; n < 6; n++) {
    await buy(`gamer-${n}`, ["GAME-1", "GAME-2"]);
    await buy(`viewer-${n}`, ["FILM-1", "FILM-2"]);
  }
  for (let n = 0; n < 8; n++) await buy(`listener-${n}`, ["MUSIC"]);
  for (let n = 0; n < 12; n++) await buy(`shopper-${n}`, ["FILM-1", "GAME-2"], "simulated");
  await buy("new gamer", ["GAME-1"]);
  await buy("regular", ["FILM-2", "FILM-2", "FILM-2"]);
  for (let n = 0; n < 12; n++) await buy(`regular-${n}`, ["FILM-2", "FILM-2"]);
  await learnTastes(shop);
  listing = createListing(shop);
}, 60_000);
afterAll(async () => {
  await listing.close();
  await shop.close();
});

it("who bought what others bought together is told of the other; shoppers and drills teach nothing", async () => {
  const [first] = await ask(devices.get("new gamer"));
  expect(first).toEqual({ sku: "GAME-2", reason: "similar" });
  expect(
    await shop.value(
      "select count(*)::int from product_affinities a join products p on p.id = a.product_id join products q on q.id = a.other_id where p.sku = 'FILM-1' and q.sku = 'GAME-2'",
    ),
  ).toBe(0);
});

it("who buys the same again is offered it again", async () => {
  expect((await ask(devices.get("regular")))[0]).toEqual({ sku: "FILM-2", reason: "again" });
});

it("a buyer who signs in is known by all their devices while they are theirs; a session that is over by the device alone", async () => {
  const phone = "13900139000";
  const signInWith = async (deviceId: string) => {
    shop.clock.advance(120_000);
    await askBuyerCode(shop, { phone, language: "en" });
    const [owed] = await takeOwedCodes(shop, 10);
    return (await signIn(shop, { phone, code: owed?.code ?? "", deviceId })).session;
  };
  const [first, second] = [issueDevice(shop.keys), issueDevice(shop.keys)];
  devices.set("at home", first);
  await buy("at home", ["GAME-1"]);
  const atHome = await signInWith(first);
  const away = await signInWith(second);
  const popular = await ask(second);
  expect(popular[0]?.reason).toBe("popular");
  expect((await ask(second, away))[0]).toEqual({ sku: "GAME-2", reason: "similar" });

  await signOut(shop, await authenticateBuyer(shop, `Bearer ${atHome}`));
  shop.clock.advance(1_000);
  await buy("at home", ["FILM-1", "FILM-1"]);
  shop.cache.gone(
    `recommendations:${Buyer.parse(await viewBuyer(shop, await authenticateBuyer(shop, `Bearer ${away}`))).id}`,
  );
  expect((await ask(second, away))[0]).toEqual({ sku: "GAME-2", reason: "similar" });
  await signOut(shop, await authenticateBuyer(shop, `Bearer ${away}`));
  expect(await ask(second, away)).toEqual(popular);
});

it("without a device, or with one that we did not sign, everybody sees what most buyers buy", async () => {
  const popular = await ask();
  expect(popular[0]).toEqual({ sku: "FILM-2", reason: "popular" });
  expect(popular.every(({ reason }) => reason === "popular")).toBe(true);
  expect(await ask("made-up")).toEqual(popular);
});

it("is learned once, however many processes try, until it is an hour old", async () => {
  const learned = () => shop.value<Date>("select max(learned_at) from product_popularity");
  const first = await learned();
  shop.clock.advance(30 * 60_000);
  await Promise.all([learnTastes(shop), learnTastes(shop)]);
  expect(await learned()).toEqual(first);
  shop.clock.advance(31 * 60_000);
  await Promise.all([learnTastes(shop), learnTastes(shop)]);
  expect(await learned()).toEqual(shop.clock.now());
});
