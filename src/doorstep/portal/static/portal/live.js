"use strict";
// Asks for this page again when `doorstep live` says that something changed (portal/README.md).
(() => {
  const main = document.querySelector("main[data-live]");
  const status = document.body.appendChild(document.createElement("p"));
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  let stream, asking, sleep, html = main.innerHTML, touched = false, asked = 0, fails = 0;

  const stop = () => (stream = stream?.close());
  const said = () => [...main.querySelectorAll("[data-live-said]")].map((one) => one.innerText).join(". ");
  const ask = (ms) => (asking ??= setTimeout(refresh, Math.max(ms, asked + 2000 - Date.now())));

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
    asking = undefined;
    const busy = touched || document.activeElement.matches("main :is(input, select, textarea)") || main.querySelector("dialog[open]");
    if (document.hidden) return stop();
    if (busy) return ask(3000);
    asked = Date.now();
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.status < 500) {
        if (!answer.ok) return stop();
        show(new DOMParser().parseFromString(await answer.text(), "text/html"));
      }
    } catch {} // away: the next try is below
    if (stream?.readyState !== 1) listen();
  }

  function show(page) {
    const next = page.querySelector("main[data-live]");
    if (!next) return location.reload();
    main.dataset.live = next.dataset.live;
    if (next.innerHTML === html) return;
    html = next.innerHTML;
    const before = said(), open = [...main.querySelectorAll("details")].map((one) => one.open);
    const focus = document.activeElement, name = main.contains(focus) && focus !== main && focus.localName;
    const nth = name && [...main.querySelectorAll(name)].indexOf(focus);
    main.replaceChildren(...next.childNodes);
    main.querySelectorAll("details").forEach((one, at) => open[at] && (one.open = true));
    if (name) (main.querySelectorAll(name)[nth] ?? main).focus({ preventScroll: true });
    document.title = page.title;
    if (said() !== before) status.textContent = said();
  }

  main.addEventListener("input", () => (touched = true));
  document.addEventListener("visibilitychange", () => {
    clearTimeout(sleep);
    if (document.hidden) sleep = setTimeout(stop, 30000);
    else if (!stream || stream.readyState === 2) ask(0);
  });
  listen();
})();
