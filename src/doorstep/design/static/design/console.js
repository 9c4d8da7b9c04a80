// Small courtesies of the console. Every page works without this file.
"use strict";

// Browsers that do not know invoker commands yet get the two that the console uses.
if (!("command" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[commandfor]");
    if (!button) return;
    const target = document.getElementById(button.getAttribute("commandfor"));
    if (!target) return;
    if (button.getAttribute("command") === "show-modal") target.showModal();
    if (button.getAttribute("command") === "close") target.close();
  });
}

// A link to a page that asks something opens the same question in a dialog where it can.
document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest("a[data-dialog]");
  const dialog = link && document.getElementById(link.dataset.dialog);
  if (dialog && dialog.showModal) {
    event.preventDefault();
    dialog.showModal();
  }
  const close = event.target.closest("dialog a[data-close]");
  if (close) {
    event.preventDefault();
    close.closest("dialog").close();
  }
});

// "/" puts the cursor in the search box; Escape hides a tooltip (WCAG 1.4.13).
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    document.querySelectorAll(".tip").forEach((tip) => tip.classList.add("dismissed"));
    return;
  }
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const box = document.querySelector("main input[type=search], .topbar input[type=search]");
    if (box) {
      event.preventDefault();
      box.focus();
    }
  }
});

for (const type of ["mouseout", "focusout"]) {
  document.addEventListener(type, (event) => {
    const tip = event.target.closest(".tip.dismissed");
    if (tip && !tip.contains(event.relatedTarget)) tip.classList.remove("dismissed");
  });
}

// Filters that send their form when changed; with no script the button beside them does.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
});

// On a phone the row of tabs may be wider than the window: show the one that is open.
document.addEventListener("DOMContentLoaded", () => {
  for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
    const row = tab.parentElement;
    row.scrollLeft += tab.getBoundingClientRect().left - row.getBoundingClientRect().left
      - (row.clientWidth - tab.offsetWidth) / 2;
  }
});
