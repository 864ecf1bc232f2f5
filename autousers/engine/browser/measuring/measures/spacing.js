// Set the spacing that WCAG 1.4.12 asks a page to bear, or take it back.
const NAME = "observer-spacing";
const before = document.adoptedStyleSheets.filter((each) => each.observer !== NAME);
if (given.on) {
  const sheet = new CSSStyleSheet();
  sheet.observer = NAME;
  sheet.replaceSync(
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }" +
    "p { margin-bottom: 2em !important; }");
  document.adoptedStyleSheets = [...before, sheet];
} else {
  document.adoptedStyleSheets = before;
}
return true;
