// Courtesies of the condition editor. The form works without this file.
"use strict";

// Tell whoever listens (the sentence, a live count) that a condition is being changed.
function told(editor) {
  if (editor) editor.dispatchEvent(new CustomEvent("conditions-typed", { bubbles: true }));
}

for (const type of ["input", "change"]) {
  document.addEventListener(type, (event) => {
    const editor = event.target.closest("[data-conditions]");
    if (!editor || event.target.matches("[data-find]")) return;
    if (type === "change" && !event.target.matches("select, [type=checkbox], [type=date]")) return;
    told(editor);
  });
}

document.addEventListener("htmx:afterSettle", (event) => {
  const editor = event.target;
  if (!(editor instanceof Element) || !editor.matches("[data-conditions]")) return;
  const wanted = editor.querySelector("[autofocus]");
  if (wanted) wanted.focus({ preventScroll: false });
  told(editor);
});

// The list of facts gets shorter with each letter; groups without a hit go away.
function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-find]")) return;
  const picker = event.target.closest("[data-picker]");
  const words = plain(event.target.value).split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const item of picker.querySelectorAll("[data-words]")) {
    item.hidden = !words.every((word) => item.dataset.words.includes(word));
    if (!item.hidden) shown += 1;
  }
  for (const shelf of picker.querySelectorAll("[data-shelf]")) {
    shelf.hidden = !shelf.querySelector("[data-words]:not([hidden])");
  }
  picker.querySelector("[data-nothing]").hidden = shown > 0;
});

// In the search: Enter takes the first hit, arrows walk, Escape closes.
document.addEventListener("keydown", (event) => {
  const picker = event.target.closest("[data-picker]");
  if (!picker) return;
  const hits = [...picker.querySelectorAll("[data-words]:not([hidden]) button")];
  const here = hits.indexOf(document.activeElement);
  if (event.key === "Enter" && event.target.matches("[data-find]")) {
    event.preventDefault();
    if (hits.length) hits[0].click();
  } else if (event.key === "ArrowDown" && hits.length) {
    event.preventDefault();
    hits[Math.min(here + 1, hits.length - 1)].focus();
  } else if (event.key === "ArrowUp" && here >= 0) {
    event.preventDefault();
    (here ? hits[here - 1] : picker.querySelector("[data-find]")).focus();
  } else if (event.key === "Escape") {
    event.preventDefault();
    picker.querySelector("[data-close-picker]").click();
  }
});
