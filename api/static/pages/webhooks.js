// Two comforts; without this file the pages have links and say the same.
// A form that makes something is sent once, however often its button is pressed.
addEventListener("submit", (event) => {
  if (!event.target.querySelector("[name=number]")) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
// A delivery that waits is looked at again, for two minutes at the most.
let looks = 0;
const look = async () => {
  const shown = document.querySelector("[data-follow]");
  if (!shown || ++looks > 60) return;
  const reply = document.hidden ? null : await fetch(location.href).catch(() => null);
  if (reply?.ok && !shown.contains(document.activeElement)) {
    const found = new DOMParser().parseFromString(await reply.text(), "text/html");
    const fresh = found.querySelector("#state")?.closest(".stack");
    if (fresh && fresh.textContent !== shown.textContent) shown.replaceWith(document.adoptNode(fresh));
  }
  setTimeout(look, 2000);
};
if (document.querySelector("[data-follow]")) setTimeout(look, 1500);
