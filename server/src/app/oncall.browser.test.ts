import type { Policy } from "@orderwatch/shared/ops/oncall.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { accessibilityFlaws, buildBundles, launchChromium } from "../../test/browser.ts";
import { describeWith } from "../../test/optional.ts";
import { eventually } from "../../test/poll.ts";
import { type Product, type Staff, startProduct } from "../../test/product.ts";

vi.setConfig({ testTimeout: 120_000 });

describeWith("chromium", "rotas and policies on their screen", (chromium) => {
  let product: Product;
  let browser: Browser;
  let staff: Staff;
  beforeAll(async () => {
    await buildBundles();
    [product, browser] = await Promise.all([startProduct(), launchChromium(chromium)]);
    staff = await product.signIn();
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  });

  const open = async (locale: string, viewport: { width: number; height: number }): Promise<Page> => {
    const page = await (await browser.newContext({ locale, viewport })).newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(product.consoleUrl);
    await page.locator("input[name=email]").fill(product.admin.email);
    await page.locator("input[name=password]").fill(product.admin.password);
    await page.locator("button[type=submit]").click();
    await page.getByRole("heading", { name: locale === "zh-CN" ? "实时" : "Live", level: 1 }).waitFor();
    await page.goto(`${product.consoleUrl}/on-call`);
    return page;
  };

  it("a rota is made, gets a holiday, is paged by a policy, cannot be deleted then, and can afterwards", async () => {
    const page = await open("en-US", { width: 1440, height: 900 });
    const failures: string[] = [];
    page.on("pageerror", (error) => failures.push(error.message));
    const dialog = page.getByRole("dialog");
    const press = (name: string) => dialog.getByRole("button", { name, exact: true }).click();
    const closed = () => dialog.waitFor({ state: "detached" });
    const night = page.getByRole("region", { name: "Night: the coming two weeks" });
    const policies = async () =>
      (await staff.call<{ items: Policy[] }>("GET", "/api/escalation-policies")).items;
    const levelOne = async () => (await policies()).find(({ levels }) => levels.includes(1));

    await page.getByRole("button", { name: "New rota" }).click();
    await dialog.getByLabel("Name").fill("Night");
    await press("Create it");
    await dialog.getByText("Somebody must take turns").waitFor();
    await dialog.getByRole("checkbox").first().check();
    expect(await accessibilityFlaws(page)).toEqual([]);
    await press("Create it");
    await closed();

    await night.getByRole("button", { name: "Holidays (0)" }).click();
    await press("Add a holiday");
    await dialog.getByLabel("Day", { exact: true }).fill("2027-02-06");
    await dialog.getByLabel("Name", { exact: true }).fill("Spring Festival");
    await dialog.getByLabel("On holidays, the layer").selectOption("off");
    expect(await accessibilityFlaws(page)).toEqual([]);
    await press("Save");
    await closed();
    await night.getByRole("button", { name: "Holidays (1)" }).waitFor();

    await page.getByRole("button", { name: "Change policy Level 1" }).click();
    await press("Add a step");
    await press("Save");
    await dialog.getByText("Somebody must be paged").waitFor();
    await dialog
      .getByRole("group", { name: "Step 2 pages" })
      .getByLabel("whoever is on duty in Night")
      .check();
    expect(await accessibilityFlaws(page)).toEqual([]);
    await press("Save");
    await closed();
    expect((await levelOne())?.steps).toHaveLength(2);

    await night.getByRole("button", { name: "Delete rota" }).click();
    await dialog.getByText("Policy Level 1 pages whoever is on duty in it.", { exact: false }).waitFor();
    await press("Understood");
    await closed();
    await page.getByRole("button", { name: "Change policy Level 1" }).click();
    await dialog.getByRole("button", { name: "Remove this step" }).last().click();
    await press("Save");
    await closed();
    await night.getByRole("button", { name: "Delete rota" }).click();
    await dialog.getByText("Admin lose", { exact: false }).waitFor();
    await press("Delete rota");
    await closed();
    await night.waitFor({ state: "detached" });
    const rotas = async () => (await staff.call<{ items: unknown[] }>("GET", "/api/rotas")).items.length;
    await eventually("one rota", async () => (await rotas()) === 1);
    expect((await levelOne())?.steps).toHaveLength(1);
    expect(failures).toEqual([]);
    await page.context().close();
  });

  it("the first rota and its policies have Chinese names in Chinese, on a phone too", async () => {
    const page = await open("zh-CN", { width: 390, height: 844 });
    await page.getByRole("button", { name: "修改策略“1 级”" }).waitFor();
    expect(await page.locator("main").textContent()).not.toMatch(/On call|Level \d|Primary/);
    expect(await accessibilityFlaws(page)).toEqual([]);
    await page.getByRole("button", { name: "修改策略“1 级”" }).click();
    await page.getByRole("dialog").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "取消" }).click();
    await page.getByRole("button", { name: "节假日（0）" }).first().click();
    await page.getByRole("button", { name: "添加节假日" }).click();
    await page.context().close();
  });
});
