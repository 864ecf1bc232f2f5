// Parts of a page that change while something runs: every five seconds the page is fetched again,
// and its parts marked `data-live` take the place of those here. A part that has the focus waits.
// When a part is gone or no longer live, what came of it is on the new page: it is loaded as a whole.
const PAUSE = 5000;

async function look() {
  if (document.hidden) return;
  let fresh;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return; // Offline: the figures stay as they are.
  }
  const parts = [...document.querySelectorAll("[data-live]")];
  if (parts.some((part) => !fresh.getElementById(part.id)?.hasAttribute("data-live"))) {
    location.reload();
    return;
  }
  for (const part of parts) {
    const news = fresh.getElementById(part.id);
    if (news.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) replace(part, news);
  }
}

// A status stays the same element, so that screen readers say what changes in it, and nothing else.
function replace(part, news) {
  const said = part.querySelector('[role="status"]');
  const saying = news.querySelector('[role="status"]');
  if (!said || !saying) {
    part.replaceChildren(...news.childNodes);
    return;
  }
  if (said.textContent !== saying.textContent) said.replaceChildren(...saying.childNodes);
  for (const bar of part.querySelectorAll(".bar")) {
    const other = news.querySelectorAll(".bar")[[...part.querySelectorAll(".bar")].indexOf(bar)];
    if (other) bar.replaceChildren(...other.childNodes);
  }
}

if (document.querySelector("[data-live]")) setInterval(look, PAUSE);
