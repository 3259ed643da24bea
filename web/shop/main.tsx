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

// A link that was sent to the buyer holds an order's token. It stays on this device and leaves the address before all else.
const takeHanded = async () => {
  if (!location.hash.includes(".")) return false;
  const { keepHandedOrder } = await import("./orders/handed-order.ts");
  if (!keepHandedOrder(device, location, Date.now())) return false;
  history.replaceState(history.state, "", location.pathname);
  return true;
};
addEventListener("hashchange", async () => {
  if (await takeHanded()) location.reload();
});

const show = () =>
  createRoot(root).render(
    <SpeechProvider>
      <App />
    </SpeechProvider>,
  );
// What cannot be taken now is still in the address for the next try.
takeHanded().then(show, show);
