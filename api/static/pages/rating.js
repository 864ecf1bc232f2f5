// Autosave, slider and keys of the page on which people rate. The page works without this file.

const ask = document.querySelector(".ask");
const form = document.querySelector("form[data-rating]");
const questions = [...form.querySelectorAll("fieldset.q")];
const radiosOf = (question) => [...question.querySelectorAll("input[type=radio]")];
const fineOf = (question) => question.querySelector("[data-fine]");

// --- the first look ------------------------------------------------------------------------------

// On a small screen the design comes first, and of a pair one side at a time.
if (matchMedia("(max-width: 68rem)").matches && !form.querySelector(".alert")) ask.open = false;
if (matchMedia("(max-width: 44rem)").matches) {
  const first = document.querySelector("#lay-a");
  if (first) first.checked = true;
}

// --- how much is answered ------------------------------------------------------------------------

const [, total] = form.closest(".ask").querySelector("[data-answered]").textContent.match(/of (\d+)/);
const elsewhere = Number(document.querySelector("[data-answered]").textContent.match(/\d+/)[0])
  - questions.filter(isAnswered).length;

function isAnswered(question) {
  const number = question.querySelector("input[type=number]");
  if (number) return number.value !== "";
  return radiosOf(question).some((radio) => radio.checked) || fineOf(question).value !== "";
}

function count() {
  const here = questions.filter(isAnswered).length;
  document.querySelector("[data-answered]").textContent = `${elsewhere + here} of ${total} answered`;
}

// --- the slider: half steps, once there is an answer ---------------------------------------------

for (const question of questions) {
  const fine = question.querySelector(".fine");
  if (!fine) continue;
  const slider = fine.querySelector("input");
  const output = fine.querySelector("output");
  const radios = radiosOf(question);
  const values = radios.map((radio) => Number(radio.value));
  const isPair = question.querySelector(".scale.pair") !== null;

  const say = () => {
    const at = Number(slider.value);
    const middle = (radios.length - 1) / 2;
    const side = !isPair || at === middle ? "" : at < middle ? "A " : "B ";
    output.textContent = isPair ? `${side}${Math.abs(at - middle)}` : String(values[0] + at);
    slider.setAttribute("aria-valuetext", output.textContent);
  };
  const show = () => {
    const chosen = radios.findIndex((radio) => radio.checked);
    const between = fineOf(question).value;
    if (chosen >= 0) slider.value = chosen;
    else if (between !== "") slider.value = Math.abs(Number(between) - values[0]);
    fine.hidden = chosen < 0 && between === "";
    say();
  };
  slider.addEventListener("input", () => {
    const at = Number(slider.value);
    radios.forEach((radio, place) => { radio.checked = place === at; });
    const [low, high] = [values[Math.floor(at)], values[Math.ceil(at)]];
    fineOf(question).value = low === high ? "" : String((low + high) / 2);
    say();
  });
  for (const radio of radios) {
    radio.addEventListener("change", () => { fineOf(question).value = ""; show(); });
  }
  show();
}

// --- autosave ------------------------------------------------------------------------------------

const isPreview = "preview" in form.dataset;
const status = document.querySelector("[data-saved]");
const WAIT = 1500; // ms after the last change
const QUIET = 5000; // ms between two announcements
let timer = 0;
let isSaving = false;
let isDirty = false;
let isLeaving = false;
let isOver = false; // nothing can be saved any more, and asking again would not change that
let savedAt = "";
let saidAt = 0;

function say(text) {
  if (status.textContent === text) return;
  if (Date.now() - saidAt < QUIET && status.textContent.startsWith("Saved") && text.startsWith("Saved")) return;
  status.textContent = text;
  saidAt = Date.now();
}

async function save() {
  clearTimeout(timer);
  if (!isDirty || isSaving || isLeaving || isOver) return;
  isSaving = true;
  isDirty = false;
  const body = new FormData(form);
  body.set("go", "autosave");
  const keepalive = document.hidden; // such a request may be small only
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual", keepalive });
    if (answer.type === "opaqueredirect" || (answer.status >= 400 && answer.status < 500)) {
      isOver = true;
      say("Not saved. Open the page again to see why; the answers stay on this one.");
      return;
    }
    if (!answer.ok) throw new Error("not saved");
    savedAt = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    say(`Saved ${savedAt}`);
  } catch {
    isDirty = true;
    say(savedAt ? `Not saved since ${savedAt}. The answers stay on this page.` : "Not saved yet. The answers stay on this page.");
    if (!isLeaving) timer = setTimeout(save, 4 * WAIT);
  }
  isSaving = false;
  if (isDirty && !isLeaving) timer = setTimeout(save, WAIT);
}

function changed() {
  count();
  if (isPreview) return;
  isDirty = true;
  clearTimeout(timer);
  timer = setTimeout(save, WAIT);
}

form.addEventListener("input", changed);
form.addEventListener("change", changed);
form.addEventListener("submit", () => { isLeaving = true; clearTimeout(timer); });
addEventListener("pageshow", () => { isLeaving = false; });
addEventListener("online", save);
document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });

// --- keys ----------------------------------------------------------------------------------------

const dialog = document.querySelector("#keys");
const opener = document.querySelector("[data-keys]");
const single = document.querySelector("#keys-on");
const memory = {
  get: () => { try { return localStorage.getItem("keys"); } catch { return null; } },
  set: (value) => { try { localStorage.setItem("keys", value); } catch { /* a private window */ } },
};
opener.hidden = false;
opener.addEventListener("click", () => dialog.showModal());
single.checked = memory.get() !== "off";
single.addEventListener("change", () => memory.set(single.checked ? "on" : "off"));

function answer(question, place) {
  const radio = radiosOf(question)[place];
  if (!radio) return false;
  radio.checked = true;
  radio.focus();
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

function move(question, step) {
  const next = questions[questions.indexOf(question) + step];
  if (!next) return false;
  next.scrollIntoView({ block: "nearest" });
  (next.querySelector("input:checked") ?? next.querySelector("input:not([type=hidden])")).focus();
  return true;
}

function press(key, question) {
  if (/^[1-9]$/.test(key)) return answer(question, Number(key) - 1);
  if (key === "j" || key === "k") return move(question, key === "j" ? 1 : -1);
  if (key !== "c") return false;
  form.querySelector("#why")?.focus();
  return true;
}

// Single keys work inside the questions alone, never in a text, and can be switched off.
form.addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.key === "Enter") {
    form.querySelector(".btn.main").focus();
    event.preventDefault();
    return;
  }
  const typing = event.target.matches("textarea, select, input[type=number]");
  if (!single.checked || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const question = event.target.closest("fieldset.q") ?? questions[0];
  if (question && press(event.key, question)) event.preventDefault();
});
