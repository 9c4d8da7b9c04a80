"use strict";
// Asks for this page again when `doorstep live` says that something changed (portal/README.md).
(() => {
  const main = document.querySelector("main[data-live]");
  const status = document.body.appendChild(document.createElement("p"));
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  const typed = new Set();
  let stream, asking, sleep, html = main.innerHTML, asked = 0, fails = 0;

  const stop = () => (stream = stream?.close());
  const all = (what) => [...main.querySelectorAll(what)];
  const said = () => all("[data-live-said]").map((one) => one.innerText).join(". ");
  const key = (one) => one.id || one.getAttribute("href") || one.name || one.innerText;
  const busy = () =>
    document.activeElement.matches("main :is(input, select, textarea)") ||
    main.querySelector("dialog[open]") || [...typed].some((field) => field.isConnected && field.value);

  function ask(ms) {
    clearTimeout(asking);
    asking = setTimeout(refresh, Math.max(ms, asked + 2000 - Date.now()));
  }

  function listen() {
    const url = main.dataset.live;
    stop();
    stream = new EventSource(url[0] === ":" ? `${location.protocol}//${location.hostname}${url}` : url);
    stream.onopen = () => (fails = 0);
    stream.addEventListener("changed", (event) => ask(JSON.parse(event.data).within * 1000 * Math.random()));
    // A broken stream mends itself; a refused one (expired, full, away) needs a page with a new ticket.
    stream.onerror = () => stream?.readyState === 2 && ask(Math.min(300, 5 * 2 ** fails++) * (500 + 500 * Math.random()));
  }

  async function refresh() {
    if (document.hidden) return stop();
    if (busy()) return ask(3000);
    asked = Date.now();
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.ok) show(await answer.text());
      else if (answer.status < 500) return stop();
    } catch {} // nobody there: the stream, or its refusal, leads to the next try
    if (stream?.readyState !== 1) listen();
  }

  function show(text) {
    // Not DOMParser: its document would try the page's <style>, whose nonce is not this page's.
    const page = document.createElement("template");
    page.innerHTML = text;
    const next = page.content.querySelector("main[data-live]");
    if (!next) return location.reload();
    main.dataset.live = next.dataset.live;
    if (next.innerHTML === html) return;
    if (busy()) return ask(3000); // since it was asked for
    html = next.innerHTML;
    const before = said(), focus = document.activeElement, inside = main.contains(focus) && focus !== main;
    const open = all("details").map((one, nth) => one.open && (one.id || nth));
    main.replaceChildren(...next.childNodes);
    all("details").forEach((one, nth) => (one.open ||= open.includes(one.id || nth)));
    if (inside) (all(focus.localName).find((one) => key(one) === key(focus)) ?? main).focus({ preventScroll: true });
    document.title = page.content.querySelector("title").textContent;
    if (said() !== before) status.textContent = said();
  }

  main.addEventListener("input", (event) => typed.add(event.target));
  document.addEventListener("visibilitychange", () => {
    clearTimeout(sleep);
    if (document.hidden) sleep = setTimeout(stop, 30000);
    else if (stream?.readyState !== 1) ask(0);
  });
  listen();
})();
