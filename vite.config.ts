import react from "@vitejs/plugin-react";
import mantine from "postcss-preset-mantine";
import { defineConfig, type UserConfig } from "vite";

const root = import.meta.dirname;

const common = {
  appType: "spa",
  envDir: false,
  publicDir: false,
  build: { target: "es2022", manifest: true, emptyOutDir: true, reportCompressedSize: false },
} satisfies UserConfig;

const consoleApp = (port: string): UserConfig => ({
  ...common,
  root: `${root}/web/console`,
  cacheDir: `${root}/node_modules/.vite/console`,
  plugins: [react()],
  css: { postcss: { plugins: [mantine()] } },
  server: {
    proxy: {
      "/api": `http://localhost:${port}`,
      "/socket.io": { target: `http://localhost:${port}`, ws: true },
    },
  },
  build: {
    ...common.build,
    outDir: `${root}/web/dist/console`,
  },
});

const shopApp = (port: string): UserConfig => ({
  ...common,
  root: `${root}/web/shop`,
  cacheDir: `${root}/node_modules/.vite/shop`,
  // React's interface at a tenth of its weight: buyers come on phones.
  resolve: {
    alias: [
      { find: /^react(?:-dom)?$/, replacement: "preact/compat" },
      { find: /^react-dom\/client$/, replacement: "preact/compat/client" },
      { find: /^react\/(jsx(?:-dev)?-runtime)$/, replacement: "preact/$1" },
    ],
  },
  css: { postcss: { plugins: [] } },
  server: { proxy: { "/api": `http://localhost:${port}`, "/pay": `http://localhost:${port}` } },
  build: {
    ...common.build,
    outDir: `${root}/web/dist/shop`,
    rollupOptions: {
      input: [
        `${root}/web/shop/index.html`,
        `${root}/web/shop/status/status-worker.ts`,
        `${root}/web/shop/app/shop-worker.ts`,
      ],
      output: {
        // A worker's address says what it may serve, and must stay the same for browsers that have it.
        entryFileNames: ({ name }) => (name.endsWith("-worker") ? "[name].js" : "assets/[name]-[hash].js"),
      },
    },
  },
});

/** Each app is a folder of `web/` and a mode: `vite --mode shop`; without a mode it is the console. */
export default defineConfig(({ mode }) =>
  mode === "shop" ? shopApp(process.env.SHOP_PORT ?? "8081") : consoleApp(process.env.CONSOLE_PORT ?? "8080"),
);
