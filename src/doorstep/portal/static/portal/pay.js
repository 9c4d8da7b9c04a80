// Looks again by itself while the payment provider is asked; the button does the same without
// scripts. It stops after a minute, so that a page left open asks nobody for ever.
(() => {
  const place = document.querySelector("[data-look-again]");
  if (!place) return;
  const name = "looks:" + place.dataset.lookAgain;
  const looks = Number(sessionStorage.getItem(name) || 0);
  if (looks >= 30) {
    sessionStorage.removeItem(name);
    return;
  }
  sessionStorage.setItem(name, String(looks + 1));
  setTimeout(() => location.replace(place.dataset.lookAgain), 2000);
})();
