// What still goes on is asked for every five seconds, while somebody looks and something can change.
// Without this script the page shows it as it was when the page was opened.
const place = document.querySelector("[data-live]");

async function askAgain() {
  if (document.hidden) return;
  try {
    const answer = await fetch(place.dataset.live);
    if (!answer.ok || answer.redirected) return;
    const text = (await answer.text()).trim();
    if (text === place.dataset.last) return;
    place.dataset.last = text;
    place.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    if (!place.querySelector("[data-again]")) clearInterval(asking);
  } catch {
    // Offline: what was read last stays.
  }
}

const asking = place?.querySelector("[data-again]") ? setInterval(askAgain, 5000) : 0;

// A printed page shows what is folded away.
const folds = () => document.querySelectorAll("details.fold:not([open])");
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...folds()];
  for (const fold of opened) fold.open = true;
});
addEventListener("afterprint", () => {
  for (const fold of opened) fold.open = false;
});
