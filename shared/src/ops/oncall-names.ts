import type { Words } from "../words.ts";

/** What the console calls the rota, its layer and the policies of its first start; people may call them otherwise. */
export const firstNames = {
  rota: "On call",
  layer: "Primary",
  policy: (level: number) => `Level ${level}`,
};

const chinese: Record<string, string> = {
  [firstNames.rota]: "值班",
  [firstNames.layer]: "主值班",
  [firstNames.policy(1)]: "1 级",
  [firstNames.policy(2)]: "2 级",
  [firstNames.policy(3)]: "3 级",
};

/** A name as it is read: the first ones in both languages, every other as it was given. */
export const sayName = (name: string): Words => ({ "zh-CN": chinese[name] ?? name, en: name });
