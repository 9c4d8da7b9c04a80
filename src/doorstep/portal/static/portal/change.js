"use strict";
// Shows what the chosen changes come to while they are chosen; without it the next page says it.
(() => {
  const form = document.querySelector("form[data-quote]");
  const place = form?.querySelector("[data-quoted]");
  if (!place) return;
  let waiting, nth = 0;
  async function ask() {
    const mine = ++nth;
    try {
      const answer = await fetch(form.dataset.quote, { method: "POST", body: new FormData(form) });
      if (mine !== nth || !answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      place.replaceChildren(...page.body.childNodes);
    } catch {
      place.replaceChildren(); // the next page says the price
    }
  }
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 300);
  });
})();
