// Doorstep site activity: no cookies, nothing before doorstep("allow"), nothing with Do Not Track.
//
// What visitors look at is told to the shop's own Doorstep and nobody else. The page says with
// doorstep("allow") that the visitor agreed; before that nothing is stored and nothing is sent.
// Global Privacy Control and Do Not Track are respected whatever the page says.
((w, d, n, address) => {
  "use strict";
  let id, token, allowed, timer, started, waiting = [];
  const name = "doorstep_visitor";
  const refused = n.globalPrivacyControl === true || n.doNotTrack === "1";

  const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => (b + 256).toString(16).slice(1)).join("");
  // In private windows the id may live only as long as the page
  const keep = (value) => {
    try {
      if (value === undefined) return localStorage.getItem(name);
      if (value) localStorage.setItem(name, value); else localStorage.removeItem(name);
    } catch (e) {}
  };
  // Links in our mails say who follows them; the token leaves the address bar at once.
  const arrive = () => {
    const url = new URL(location.href), found = url.searchParams.get("ds_visitor");
    if (!found) return;
    token = found;
    url.searchParams.delete("ds_visitor");
    history.replaceState(history.state, "", url);
  };
  const send = () => {
    clearTimeout(timer);
    timer = 0;
    if (!allowed || !(waiting.length || token)) return;
    const now = Date.now();
    const activities = waiting.splice(0, 40).map(({ at, ...one }) => ({ ...one, ago: now - at }));
    const body = JSON.stringify({ visitor: id, token: token || "", activities });
    token = "";
    if (!n.sendBeacon || !n.sendBeacon(address, body))
      fetch(address, { method: "POST", body, keepalive: true, credentials: "omit" }).catch(() => {});
    if (waiting.length) send();
  };
  const note = (kind, product, details) => {
    if (refused || waiting.length > 99) return;
    waiting.push({ key: random(), kind, product, details, at: Date.now() });
    if (allowed && !timer) timer = setTimeout(send, 1500);
  };
  const page = () => note("page_viewed", "", { path: location.pathname });
  const verbs = {
    page,
    allow() {
      if (refused || allowed) return;
      allowed = true;
      keep(id = keep() || random());
      if (!started) page();
      started = true;
      timer = timer || setTimeout(send, 300);
    },
    deny() { allowed = false; waiting = []; token = ""; keep(""); },
    identify(value) { token = value; send(); },
    product: (ref) => note("product_viewed", ref),
    search: (query) => note("searched", "", { query }),
    wish: (ref) => note("added_to_wishlist", ref),
    unwish: (ref) => note("removed_from_wishlist", ref),
    cart: (ref) => note("added_to_cart", ref),
    did: (kind, details) => note(kind, "", details),
  };
  const run = ([verb, ...rest]) => { if (verbs[verb]) verbs[verb](...rest); };

  if (!refused) arrive();
  const queued = (w.doorstep && w.doorstep.q) || [];
  w.doorstep = (...all) => run(all);
  queued.forEach(run);
  d.addEventListener("visibilitychange", () => { if (d.visibilityState === "hidden") send(); });
  w.addEventListener("pagehide", send);
})(window, document, navigator, "{address}");
