// The journey builder without jumps: what is clicked opens beside the canvas, and the canvas stays
// where it was. Every page works without this file.
"use strict";

(() => {
  const within = (target) => target.closest && target.closest("[data-builder]");

  // -- one swap for the whole builder ------------------------------------------------------------
  function boost(root) {
    if (!root || !window.htmx) return;
    const here = location.pathname;
    for (const link of root.querySelectorAll("a[href]")) {
      if (link.dataset.leave !== undefined || link.closest(".tabs, .page-header")) continue;
      if (link.pathname !== here || link.origin !== location.origin) continue;
      link.setAttribute("hx-get", link.pathname + link.search);
      link.setAttribute("hx-push-url", "true");
      aim(link);
    }
    for (const form of root.querySelectorAll(".bench form[method=post]")) {
      form.setAttribute("hx-post", form.getAttribute("action"));
      aim(form);
    }
    htmx.process(root);
  }

  function aim(element) {
    element.setAttribute("hx-target", "#builder");
    element.setAttribute("hx-select", "#builder");
    element.setAttribute("hx-swap", "outerHTML show:none");
  }

  let kept = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "builder") return;
    // A refused form comes back with its mistakes named, a changed journey with what changed.
    if ([409, 422].includes(event.detail.xhr.status)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
    const canvas = document.querySelector("[data-canvas]");
    const list = document.querySelector(".list-view");
    kept = { left: canvas ? canvas.scrollLeft : 0, y: scrollY, isList: !!list };
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const root = document.getElementById("builder");
    if (!root || !within(event.target) || event.detail.target.id !== "builder") return;
    start(root);
    const { requestConfig, xhr } = event.detail;
    if (requestConfig.verb === "post" && xhr.status === 200 && xhr.responseURL) {
      history.replaceState({ htmx: true }, "", xhr.responseURL);
    }
    const canvas = root.querySelector("[data-canvas]");
    if (kept && canvas && !kept.isList) canvas.scrollLeft = kept.left;
    if (kept) window.scrollTo({ top: kept.y, behavior: "instant" });
    kept = null;
    const drawer = root.querySelector(".drawer");
    if (drawer) {
      const first = drawer.querySelector("[aria-invalid=true]") || drawer;
      first.focus({ preventScroll: matchMedia("(width >= 64rem)").matches });
    }
  });

  // -- the canvas --------------------------------------------------------------------------------
  // Opens in the middle, or at the step that is open.
  function center(root) {
    const canvas = root.querySelector("[data-canvas]");
    if (!canvas) return;
    const card = canvas.querySelector(".is-open, .is-taken, .is-start");
    if (!card) return;
    const box = card.getBoundingClientRect(), frame = canvas.getBoundingClientRect();
    canvas.scrollLeft += box.left - frame.left - (canvas.clientWidth - box.width) / 2;
  }

  // Escape closes what is open beside the canvas; the focus goes back to the step.
  document.addEventListener("keydown", (event) => {
    const drawer = event.key === "Escape" && document.querySelector("[data-builder] .drawer");
    if (!drawer || event.target.closest("[popover], dialog, select")) return;
    const open = document.querySelector(".flow-card.is-open, .flow-plus.is-open, .flow-item.is-open a");
    back = open ? open.getAttribute("href") || true : null;
    drawer.querySelector(".drawer-head a").click();
  });
  let back = null;
  document.addEventListener("htmx:afterSettle", () => {
    if (!back || document.querySelector(".drawer")) return;
    const link = [...document.querySelectorAll("#builder a")].find((one) => one.getAttribute("href") === back);
    link?.focus({ preventScroll: true });
    back = null;
  });

  // Dragging the empty canvas moves it.
  function drag(canvas) {
    let from = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button || event.target.closest("a, button")) return;
      from = { x: event.clientX, y: event.clientY, left: canvas.scrollLeft, top: scrollY };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!from) return;
      canvas.scrollLeft = from.left - (event.clientX - from.x);
      window.scrollTo({ top: from.top - (event.clientY - from.y), behavior: "instant" });
    });
    for (const type of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(type, () => { from = null; });
    }
  }

  function start(root) {
    boost(root);
    for (const canvas of document.querySelectorAll("[data-canvas]")) drag(canvas);
  }

  document.addEventListener("DOMContentLoaded", () => {
    start(document.getElementById("builder"));
    center(document);
  });
})();
