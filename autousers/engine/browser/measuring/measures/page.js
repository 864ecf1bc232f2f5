// What the page is: its words, and how many there are of each kind of thing.
const language = document.documentElement.getAttribute("lang") || "";
// Closed shadow roots are known to the accessibility tree alone.
const own = pageText(400000);
const text = given.more && given.more.length > own.length + 20 ? given.more : own;
let words = 0;
for (const part of segments(text, "word", language)) if (part.isWordLike) words += 1;

const shown = (selector) => [...document.querySelectorAll(selector)].filter(
  (each) => each.checkVisibility() && !each.closest("[aria-hidden=true]"));
const fields = shown("input,select,textarea").filter((each) =>
  !["hidden", "submit", "button", "reset", "image"].includes(each.type));

const DATA = /^(?:e-?mail|.*[-_ ]email|name|full.?name|first.?name|last.?name|given.?name|family.?name|phone|tel|telephone|street|address|postal.?code|zip|city|country|cc.?number|card.?number)$/i;
const personal = fields.filter((each) => ["email", "tel"].includes(each.type) ||
  DATA.test(each.name || "") || DATA.test(each.id || ""));
const unfilled = personal.filter((each) => !each.getAttribute("autocomplete") ||
  each.getAttribute("autocomplete") === "off");

const secrets = fields.filter((each) => each.type === "password" || /^cc-/.test(each.autocomplete || ""));

const headings = shown("h1,h2,h3,h4,h5,h6,[role=heading]");
const outdated = shown("font,center,marquee,blink,big,strike,tt,basefont,acronym,dir,frame,frameset");
let count = 0, styled = 0;
for (const element of elements(50000)) {
  count += 1;
  if (element.hasAttribute("style")) styled += 1;
}
const buttons = shown("button,input[type=submit],input[type=button],[role=button]");
const looks = new Set(buttons.filter(isShown).map((each) => {
  const style = getComputedStyle(each);
  return [style.backgroundColor, style.color, style.borderTopColor, style.borderTopWidth,
    style.borderRadius, style.fontFamily].join();
}));
const viewport = document.querySelector("meta[name=viewport i]");
return {
  title: short(document.title, 200), language: short(language, 20), words, text: short(text, 4000),
  descriptions: short(document.querySelector("meta[name=description i]")?.content, 300),
  viewport: viewport ? short(viewport.content, 200) : null,
  fields: fields.length,
  personal: personal.length, unfilledCount: unfilled.length,
  unfilled: unfilled.slice(0, PLACES).map((each) => placeOf(each)),
  secrets: secrets.slice(0, PLACES).map((each) => placeOf(each)), secretCount: secrets.length,
  headings: headings.length,
  outline: headings.slice(0, 60).map((each) => ({ level: Number(each.getAttribute("aria-level") || each.localName[1]) || 2, text: nameOf(each) })),
  images: shown("img,input[type=image],area[href],svg[role=img],[role=img]").length,
  controls: shown("a[href],button,input[type=submit],input[type=button],input[type=reset],summary,[role=button],[role=link]").length,
  frames: shown("iframe").length,
  videos: shown("video").length,
  lists: shown("li,dt,dd,th,td").length,
  landmarks: [...document.querySelectorAll("main,nav,header,footer,aside,[role=main],[role=navigation],[role=banner],[role=contentinfo],[role=search],form[aria-label]")]
    .slice(0, 20).map((each) => each.getAttribute("role") || each.localName),
  outdated: outdated.slice(0, PLACES).map((each) => placeOf(each)), outdatedCount: outdated.length,
  elements: count, styledOneByOne: count ? Math.round((1000 * styled) / count) / 10 : 0,
  buttonCount: buttons.length, buttonLooks: looks.size,
  height: document.documentElement.scrollHeight,
};
