// Doorstep: what visitors look at, told to the shop's own Doorstep and nobody else.
// Nothing is stored or sent before doorstep("allow"); never with Do Not Track or
// Global Privacy Control; no cookies.
(function (w, d, n, address) {
  "use strict";
  var id, token, allowed, timer, started, waiting = [], name = "doorstep_visitor";
  var refused = n.globalPrivacyControl === true || n.doNotTrack === "1" || w.doNotTrack === "1";

  function random() {
    var bytes = crypto.getRandomValues(new Uint8Array(16)), text = "";
    for (var i = 0; i < 16; i++) text += ("0" + bytes[i].toString(16)).slice(-2);
    return text;
  }
  function keep(value) {
    try {
      if (value === undefined) return localStorage.getItem(name);
      if (value) localStorage.setItem(name, value); else localStorage.removeItem(name);
    } catch (e) { /* private windows: the id lives as long as the page */ }
  }
  // Links in our mails say who follows them; the token leaves the address bar at once.
  function arrive() {
    var url = new URL(location.href), found = url.searchParams.get("ds_visitor");
    if (!found) return;
    token = found;
    url.searchParams.delete("ds_visitor");
    history.replaceState(history.state, "", url);
  }
  function send() {
    clearTimeout(timer);
    timer = 0;
    if (!allowed || !(waiting.length || token)) return;
    var now = Date.now(), told = waiting.splice(0, 40).map(function (one) {
      return { key: one.key, kind: one.kind, ago: now - one.at, product: one.product, details: one.details };
    });
    var body = JSON.stringify({ visitor: id, token: token || "", activities: told });
    token = "";
    if (!n.sendBeacon || !n.sendBeacon(address, body))
      fetch(address, { method: "POST", body: body, keepalive: true, mode: "cors", credentials: "omit" }).catch(function () {});
    if (waiting.length) send();
  }
  function note(kind, product, details) {
    if (refused || waiting.length > 99) return;
    waiting.push({ key: random(), kind: kind, at: Date.now(), product: product, details: details });
    if (allowed && !timer) timer = setTimeout(send, 1500);
  }
  var verbs = {
    allow: function () {
      if (refused || allowed) return;
      allowed = true;
      id = keep() || random();
      keep(id);
      if (!started) note("page_viewed", "", { path: location.pathname });
      started = true;
      timer = timer || setTimeout(send, 300);
    },
    deny: function () { allowed = false; waiting = []; token = ""; keep(""); },
    identify: function (value) { token = value; if (allowed) send(); },
    page: function () { note("page_viewed", "", { path: location.pathname }); },
    product: function (ref) { note("product_viewed", ref); },
    search: function (words) { note("searched", "", { query: words }); },
    wish: function (ref) { note("added_to_wishlist", ref); },
    unwish: function (ref) { note("removed_from_wishlist", ref); },
    cart: function (ref) { note("added_to_cart", ref); },
    did: function (kind, details) { note(kind, "", details); }
  };
  function run(args) { if (verbs[args[0]]) verbs[args[0]].apply(null, [].slice.call(args, 1)); }

  if (!refused) arrive();
  var queued = (w.doorstep && w.doorstep.q) || [];
  w.doorstep = function () { run(arguments); };
  [].forEach.call(queued, run);
  d.addEventListener("visibilitychange", function () { if (d.visibilityState === "hidden") send(); });
  w.addEventListener("pagehide", send);
})(window, document, navigator, "{address}");
