import { describe, expect, it } from "vitest";
import { canonicalQuery, signAliyun } from "./aliyun-signature.ts";
import { isAllowedTarget } from "./targets.ts";

describe("signatures of SMS", () => {
  it("are what Alibaba Cloud's documentation computes for its example", () => {
    const query = canonicalQuery({
      ImageId: "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
      RegionId: "cn-shanghai",
    });
    const { authorization } = signAliyun({
      ...{ method: "POST", host: "ecs.cn-shanghai.aliyuncs.com", path: "/", query },
      ...{ action: "RunInstances", version: "2014-05-26", date: "2023-10-26T10:22:32Z" },
      nonce: "3156853299f313e23d1673dc12e1703d",
      ...{ accessKeyId: "YourAccessKeyId", accessKeySecret: "YourAccessKeySecret" },
    });
    expect(authorization).toMatch(
      /Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0$/,
    );
  });
});

describe("addresses that somebody entered", () => {
  it.each([
    ["http://hooks.example.com/x", false],
    ["https://localhost/x", false],
    ["https://127.0.0.1/x", false],
    ["https://2130706433/x", false],
    ["https://[::ffff:10.0.0.1]/x", false],
    ["https://169.254.169.254/latest", false],
    ["https://db.internal/x", false],
    ["https://user:pw@hooks.example.com/x", false],
    ["https://oapi.dingtalk.com/robot/send?access_token=x", true],
  ])("in production %s: %s", (address, allowed) => {
    expect(isAllowedTarget(address, true)).toBe(allowed);
  });
});
