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
const links = [];
for (const element of document.querySelectorAll("a")) {
  if (links.length >= 500) break;
  if (!element.checkVisibility() || element.closest("[aria-hidden=true]")) continue;
  const name = short(element.getAttribute("aria-label") || element.innerText ||
    element.querySelector("img[alt],svg[aria-label]")?.getAttribute("alt") || element.title, 200);
  const target = element.getAttribute("href");
  let dead = false;
  if (target !== null) {
    const fragment = target.startsWith("#") ? target.slice(1) : null;
    const acts = element.hasAttribute("onclick") || element.getAttribute("role") === "button";
    let decoded = fragment;
    try { decoded = decodeURIComponent(fragment || ""); } catch { /* as it is */ }
    dead = !acts && (target.trim() === "" || /^javascript:\s*(?:void\(?0?\)?)?;?\s*$/i.test(target) ||
      (fragment !== null && (fragment === "" || (!/^[!/]/.test(fragment) && fragment !== "top" &&
        !document.getElementById(decoded) && !document.getElementsByName(decoded).length))));
  }
  links.push({ name, href: short(target ?? "", 300), has: target !== null, dead, place: placeOf(element, name) });
}
return { language, paragraphs, links, text: (document.body ? document.body.innerText : "").slice(0, 60000) };
