// The text as people read it: paragraphs, links, and where each stands.
const language = (document.documentElement.getAttribute("lang") || "").toLowerCase();
const isParagraph = (element) => ["p", "li", "dd", "blockquote", "td"].includes(element.localName) ||
  (["div", "section", "article", "main", "body"].includes(element.localName) &&
    [...element.childNodes].some((each) => each.nodeType === 3 && each.data.trim().length > 60));
const paragraphs = [];
for (const element of elements(20000)) {
  if (paragraphs.length >= 400) break;
  if (!isParagraph(element) || !isShown(element)) continue;
  if ([...element.children].some(isParagraph)) continue;
  if (element.closest("nav,[role=navigation],[aria-hidden=true]")) continue;
  const text = short(element.innerText, 4000);
  if (!text) continue;
  let words = 0;
  for (const part of segments(text, "word", language)) if (part.isWordLike) words += 1;
  let sentences = 0;
  for (const part of segments(text, "sentence", language)) if (/\p{L}/u.test(part.segment)) sentences += 1;
  paragraphs.push({ words, sentences, text: short(text, 1200), place: placeOf(element, short(text)) });
}
// What acts by a script leads somewhere, whatever its address says.
const ACTING = "[onclick],[role=button],[aria-expanded],[aria-haspopup],[aria-controls],[data-toggle],[data-bs-toggle]";
const DOES_NOTHING = /^javascript:\s*(?:void\s*\(?\s*0?\s*\)?)?;?\s*$/i;
const heard = globalThis.observerPressed || new Map();
const isHeard = (element) => {
  for (let at = element; at; at = at.parentElement) if (heard.has(at)) return true;
  return false;
};
const links = [];
for (const element of document.querySelectorAll("a")) {
  if (links.length >= 500) break;
  if (!element.checkVisibility() || element.closest("[aria-hidden=true]")) continue;
  const told = globalThis.observerTree?.get(element);
  const name = told ? short(told.name, 200) : short(element.getAttribute("aria-label") || element.innerText ||
    element.querySelector("img[alt],svg[aria-label]")?.getAttribute("alt") || element.title, 200);
  const target = element.getAttribute("href");
  let dead = false, open = false;
  if (target !== null) {
    const fragment = target.startsWith("#") ? target.slice(1) : null;
    const acts = element.matches(ACTING) || heard.has(element);
    // What hears clicks for others may hear this one.
    open = !acts && (isHeard(element) || /^javascript:/i.test(target) && !DOES_NOTHING.test(target));
    let decoded = fragment;
    try { decoded = decodeURIComponent(fragment || ""); } catch { /* as it is */ }
    dead = !acts && (target.trim() === "" || DOES_NOTHING.test(target) ||
      (fragment !== null && (fragment === "" || (!/^[!/]/.test(fragment) && fragment !== "top" &&
        !document.getElementById(decoded) && !document.getElementsByName(decoded).length))));
  }
  links.push({ name, href: short(target ?? "", 300), has: target !== null, dead: dead && !open, open: dead && open, place: placeOf(element, name) });
}
// Texts that may be left over from a draft; code shows such things on purpose.
const DRAFT = /lorem|dolor|\{\{|object Object|\b(?:undefined|NaN|null|None|TODO|TBD|FIXME)\b|insert|your text/i;
const drafts = [];
for (const [element, own] of texts()) {
  if (drafts.length >= 100) break;
  if (DRAFT.test(own) && !element.closest("code,pre,samp,kbd,textarea,[contenteditable]")) {
    drafts.push({ text: short(own, 1200), place: placeOf(element, short(own)) });
  }
}
return { language, paragraphs, links, drafts, text: pageText(60000) };
