// The live dry run: after a pause in typing the server works out the form, and answers a part of
// the page. Without this script the button "Work out the figures" does the same.
const form = document.querySelector("form[data-forecast]");
if (form) {
  const place = document.getElementById(form.dataset.forecast);
  const button = form.querySelector('button[value="check"]');
  let waiting, newest = 0;

  async function workOut() {
    const mine = ++newest;
    const typed = new FormData(form);
    typed.set("do", "forecast");
    for (const [name, value] of [...typed]) if (value instanceof File) typed.delete(name);
    try {
      const answer = await fetch(form.action, { method: "POST", body: typed });
      if (!answer.ok || answer.redirected) return;
      const text = await answer.text();
      if (mine === newest) place.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    } catch {
      // Offline: the figures stay as they are, and the button still works.
    }
  }

  button.hidden = true;
  place.setAttribute("role", "status");
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(workOut, 600);
  });
}
