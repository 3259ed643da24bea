import "./base.css";
import { createRoot } from "react-dom/client";
import { api } from "./api.ts";
import { startWorker } from "./app/worker.ts";
import { App } from "./app.tsx";
import { device } from "./device/device.ts";
import { obtainIdentity } from "./device/identity.ts";
import { keptOrders } from "./device/orders.ts";
import { SpeechProvider } from "./language/language.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

// Tokens past their 90 days go whichever screen is opened.
keptOrders(device, Date.now());

void obtainIdentity(device, () => api.issueDevice());

addEventListener("load", () => void startWorker());

createRoot(root).render(
  <SpeechProvider>
    <App />
  </SpeechProvider>,
);
