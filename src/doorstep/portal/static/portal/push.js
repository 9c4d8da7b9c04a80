"use strict";
// "Tell me on this device": appears where the browser can show notifications (portal/README.md).
(() => {
  const box = document.querySelector("[data-device]");
  const demo = box && "demo" in box.dataset;
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  if (!box || !(demo || (able && window.isSecureContext))) return;
  const on = box.querySelector("[data-on]"), off = box.querySelector("[data-off]");
  const status = box.querySelector("[role=status]"), known = (box.dataset.known || "").split(" ").filter(Boolean);

  const scope = box.dataset.worker.replace(/[^/]*$/, "");
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const hex = (data) => [...new Uint8Array(data)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const digest = async (text) => hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const current = async () => (await navigator.serviceWorker.getRegistration(scope))?.pushManager.getSubscription();

  async function mine() {
    if (demo) return known;
    const subscription = await current();
    return subscription ? [await digest(subscription.endpoint)].filter((one) => known.includes(one)) : [];
  }

  async function subscribe() {
    if (demo) return {};
    if ((await Notification.requestPermission()) !== "granted") throw new Error(box.dataset.denied);
    await navigator.serviceWorker.register(box.dataset.worker, { scope });
    const ready = await navigator.serviceWorker.getRegistration(scope);
    const worker = ready.installing || ready.waiting;
    if (!ready.active && worker) await new Promise((done) => worker.addEventListener("statechange", () => worker.state === "activated" && done()));
    const key = bytes(box.dataset.key);
    const before = await ready.pushManager.getSubscription();
    if (before && hex(before.options.applicationServerKey || new ArrayBuffer(0)) !== hex(key)) await before.unsubscribe();
    return (await ready.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
  }

  async function send(url, what) {
    const answer = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(what) });
    if (answer.ok) return;
    const said = await answer.json().catch(() => ({}));
    throw new Error(said.words || box.dataset.failed);
  }

  async function act(button, work) {
    button.disabled = true;
    status.textContent = box.dataset.busy;
    try {
      await work();
      location.assign(`${location.pathname}?saved=1`);
    } catch (error) {
      status.textContent = (error.name === "Error" && error.message) || box.dataset.failed;
      button.disabled = false;
      button.focus();
    }
  }

  on.addEventListener("click", () => act(on, async () => send(box.dataset.onUrl, await subscribe())));
  off.addEventListener("click", () => act(off, async () => send(box.dataset.offUrl, { digests: await mine() })));
  mine().catch(() => []).then((found) => {
    (found.length ? off : on).hidden = false;
    box.hidden = false;
  });
})();
