// The block editor with a look that follows the typing, and buttons for bold, lists and links.
// Every page works without this file.
"use strict";

(() => {
  const form = document.querySelector("[data-mail-blocks]");
  if (!form) return;
  const lookButton = document.querySelector("[data-look-button]");

  // -- the look follows the typing ---------------------------------------------------------------
  // A new frame each time: sending a form into an old one would fill the browser's history.
  let waiting = null;
  let turn = 0;

  function look() {
    clearTimeout(waiting);
    const shown = document.querySelector("iframe.message-frame");
    const fresh = shown.cloneNode(false);
    turn += 1;
    fresh.removeAttribute("src");
    fresh.name = `look-${turn}`;
    fresh.classList.add("is-waiting");
    const mine = turn;
    shown.after(fresh);
    fresh.addEventListener("load", () => {
      if (mine !== turn) return fresh.remove();
      fresh.classList.remove("is-waiting");
      for (const old of document.querySelectorAll("iframe.message-frame")) {
        if (old !== fresh) old.remove();
      }
    });
    const asked = document.createElement("form");
    asked.method = "post";
    asked.action = lookButton.formAction;
    asked.target = fresh.name;
    asked.hidden = true;
    for (const [name, value] of new FormData(form)) {
      const field = document.createElement("textarea");
      field.name = name;
      field.value = value;
      asked.append(field);
    }
    document.body.append(asked);
    asked.submit();
    asked.remove();
  }

  function lookSoon() {
    clearTimeout(waiting);
    waiting = setTimeout(look, 700);
  }

  form.addEventListener("input", (event) => {
    if (event.target.id !== "address" && !event.target.closest(".mail-names")) lookSoon();
  });
  for (const select of document.querySelectorAll("[data-look]")) {
    select.addEventListener("change", look);
  }
  for (const button of document.querySelectorAll("[formtarget=look]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      look();
      document.querySelector(".editor-side").scrollIntoView({ block: "nearest" });
    });
  }

  // The cursor stands where one goes on writing, also for a name that is put in first thing.
  for (const field of form.querySelectorAll(".mail-block-form textarea, input[id]:not([type=checkbox])")) {
    field.setSelectionRange(field.value.length, field.value.length);
  }

  // -- marks and names at the cursor -------------------------------------------------------------
  function put(field, start, end, text, from, to) {
    field.focus();
    field.setSelectionRange(start, end);
    // The old command is the only one that Undo takes back.
    if (!document.execCommand("insertText", false, text)) {
      field.setRangeText(text, start, end, "end");
    }
    field.setSelectionRange(from, to);
    lookSoon();
  }

  const marks = {
    link(field, start, end, chosen) {
      const words = chosen || field.closest("[data-mail-blocks]").dataset.words || "…";
      const text = `[${words}](https://)`;
      const address = start + words.length + 3;
      put(field, start, end, text, address, address + 8);
    },
    list(field, start, end) {
      const first = field.value.lastIndexOf("\n", start - 1) + 1;
      const lines = field.value.slice(first, end).split("\n");
      const isList = lines.every((line) => line.startsWith("- "));
      const text = lines.map((line) => (isList ? line.slice(2) : `- ${line}`)).join("\n");
      put(field, first, end, text, first + text.length, first + text.length);
    },
  };

  function surround(field, start, end, chosen, mark) {
    const bare = chosen.trim();
    const before = chosen.slice(0, chosen.length - chosen.trimStart().length);
    const after = bare ? chosen.slice(chosen.trimEnd().length) : "";
    const inside = start + before.length + mark.length;
    put(field, start, end, `${before}${mark}${bare}${mark}${after}`, inside, inside + bare.length);
  }

  for (const bar of document.querySelectorAll(".mail-tools")) {
    const field = document.getElementById(bar.dataset.for);
    bar.hidden = false;
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const { selectionStart: start, selectionEnd: end } = field;
      const chosen = field.value.slice(start, end);
      const special = marks[button.dataset.mark];
      if (special) special(field, start, end, chosen);
      else surround(field, start, end, chosen, button.dataset.mark);
    });
  }

  for (const button of document.querySelectorAll("[data-put]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const select = button.parentElement.querySelector("select");
      if (!select.value) return select.focus();
      const field = document.getElementById(button.dataset.put);
      const { selectionStart: start, selectionEnd: end } = field;
      // The lines around the mail are Liquid themselves: a date there says how it is written.
      const own = field.id.startsWith("b-");
      const text = own ? `{{ ${select.value} }}` : select.selectedOptions[0].dataset.liquid;
      put(field, start, end, text, start + text.length, start + text.length);
    });
  }

  // -- an address is asked for only where it counts ------------------------------------------------
  const target = document.getElementById("b-target");
  const link = document.querySelector("[data-with=b-target]");
  if (target && link) {
    const show = () => {
      link.hidden = target.value !== "address";
    };
    target.addEventListener("change", show);
    show();
  }
})();
