// The packing screen without waiting for the server: counts scans, keeps ticks over a reload,
// reads codes with the camera where the browser can. Every page works without this file.
"use strict";

(() => {
  // -- lists: all rows of a page at once ---------------------------------------------------------
  const all = document.querySelector("[data-select-all]");
  if (all) {
    all.closest(".select-all").hidden = false;
    all.addEventListener("change", () => {
      for (const box of document.querySelectorAll("input[name=shipment]")) box.checked = all.checked;
    });
  }

  // -- packing -----------------------------------------------------------------------------------
  const form = document.querySelector("form[data-pack]");
  const field = document.getElementById(form ? "scan" : "code");
  // What a finished shipment kept is of no use any more.
  const packed = document.querySelector("[data-packed]");
  if (packed) {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith(`pack:${packed.dataset.packed}`)) sessionStorage.removeItem(key);
    }
  }

  const items = form ? [...form.querySelectorAll(".pack-item")] : [];
  const tick = (item) => item.querySelector(".tick input");
  const counter = (item) => item.querySelector(".pack-count input");
  const has = (item) => Number(item.dataset.has);
  const put = (item) =>
    tick(item).checked ? has(item) : Math.min(Number(counter(item)?.value || 0), has(item));

  function set(item, pieces) {
    const input = counter(item);
    if (input) input.value = String(pieces);
    tick(item).checked = pieces >= has(item);
  }

  function keep() {
    const line = form.querySelector("[data-progress]");
    const total = items.reduce((sum, item) => sum + has(item), 0);
    const done = items.reduce((sum, item) => sum + put(item), 0);
    line.textContent = done >= total ? form.dataset.wordsFull
      : form.dataset.wordsCount.replace("DONE", done).replace("TOTAL", total);
    line.toggleAttribute("data-full", done >= total);
    sessionStorage.setItem(`pack:${form.dataset.pack}`, JSON.stringify(items.map(put)));
  }

  function say(tone, words) {
    const said = document.getElementById("said");
    said.hidden = false;
    said.className = `packing-said tone-${tone}`;
    said.querySelector("p").textContent = words;
  }

  // One piece of what was scanned; false where the server has to say what it is.
  function count(code) {
    const wanted = code.trim().toLowerCase();
    const here = items.filter((item) => item.dataset.codes.split(" ").includes(wanted));
    const open = here.find((item) => put(item) < has(item));
    if (!wanted || !open) return false;
    set(open, put(open) + 1);
    keep();
    const total = here.reduce((sum, item) => sum + has(item), 0);
    const done = here.reduce((sum, item) => sum + put(item), 0);
    say("ok", `${open.querySelector("bdi").textContent}: ${done} / ${total}`);
    open.scrollIntoView({ block: "nearest" });
    return true;
  }

  if (form) {
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(`pack:${form.dataset.pack}`));
    } catch { /* written by something else: begin anew */ }
    if (form.hasAttribute("data-fresh") && kept?.length === items.length) {
      items.forEach((item, nth) => set(item, kept[nth]));
    }
    keep();
    form.addEventListener("change", (event) => {
      const item = event.target.closest(".pack-item");
      if (!item) return;
      if (event.target.matches(".tick input")) set(item, event.target.checked ? has(item) : 0);
      if (event.target.matches(".pack-count input")) {
        set(item, Math.max(0, Math.min(Number(event.target.value || 0), has(item))));
      }
      keep();
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !count(field.value)) return;
      event.preventDefault();
      field.value = "";
    });
    form.querySelector("[data-scan-button]").addEventListener("click", (event) => {
      if (!count(field.value)) return;
      event.preventDefault();
      field.value = "";
      field.focus();
    });
    // A scanner ends with Enter: in a number's field that says whose it is, and goes no further.
    for (const number of form.querySelectorAll("[data-number]")) {
      number.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        number.dispatchEvent(new Event("change", { bubbles: true }));
      });
    }
  }

  // A scanner types wherever the cursor is: outside of fields it means the scan field.
  document.addEventListener("keydown", (event) => {
    if (!field || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
    if (event.key === " " || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    field.focus();
  });

  // -- camera ------------------------------------------------------------------------------------
  const dialog = document.getElementById("camera");
  if (!dialog || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const video = dialog.querySelector("video");
  const problem = dialog.querySelector("[data-camera-problem]");
  let stream = null;
  let target = null;

  function stop() {
    for (const track of stream?.getTracks() || []) track.stop();
    stream = null;
  }

  async function look(detector) {
    if (!stream) return;
    const [found] = await detector.detect(video).catch(() => []);
    if (!found) {
      requestAnimationFrame(() => look(detector));
      return;
    }
    dialog.close();
    target.value = found.rawValue;
    if (form && target.id === "scan" && count(target.value)) target.value = "";
    else target.form.requestSubmit(target.form.querySelector("[data-scan-button]") || undefined);
  }

  for (const button of document.querySelectorAll("[data-camera]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      target = document.getElementById(button.dataset.camera);
      problem.hidden = true;
      dialog.showModal();
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        video.srcObject = stream;
        await video.play();
        look(new BarcodeDetector());
      } catch {
        problem.textContent = problem.dataset.cameraProblem;
        problem.hidden = false;
      }
    });
  }
  dialog.addEventListener("close", stop);
})();
