// Bring texts into the window, and take the ink out of all text, or put it back, for two pictures.
const NAME = "observer-ink";
const before = document.adoptedStyleSheets.filter((each) => each.observer !== NAME);
const RULES = "* { transition: none !important; caret-color: transparent !important; }";
const HIDING = "*, *::before, *::after { -webkit-text-fill-color: transparent !important; -webkit-text-stroke-color: transparent !important; text-shadow: none !important; }" +
  ":root { -webkit-text-fill-color: transparent !important; }";
if (given.top !== undefined) scrollTo({ top: given.top, behavior: "instant" });
if (given.state === "as it was") document.adoptedStyleSheets = before;
else {
  const sheet = new CSSStyleSheet();
  sheet.observer = NAME;
  sheet.replaceSync(given.state === "without ink" ? RULES + HIDING : RULES);
  document.adoptedStyleSheets = [...before, sheet];
}
// Letters that are cut out of a background: their ink is the background.
for (const each of globalThis.observerCut || []) each.cancel();
globalThis.observerCut = given.state !== "without ink" ? [] : observerTexts
  .filter(({ element }) => getComputedStyle(element).webkitBackgroundClip === "text")
  .map(({ element }) => element.animate(
    { backgroundImage: ["none", "none"], backgroundColor: ["transparent", "transparent"] },
    { duration: 1e6, fill: "both" },
  ));
await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
return true;
