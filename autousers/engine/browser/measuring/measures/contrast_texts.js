// Texts whose contrast styles alone do not tell: see-through, filtered or blended ones, and those
// that axe left open. `observerTexts` keeps them for the pictures.
const { open = new Set(), failed = new Set(), openCount = 0 } = globalThis.observerContrast || {};
const parentOf = (element) => element.assignedSlot || element.parentElement || element.getRootNode().host;
const OFF = "[aria-hidden=true],[inert],:disabled,[aria-disabled=true],fieldset:disabled,option";
const isOff = (element) => element.closest(OFF) || element.closest("label")?.control?.disabled;
const isPlain = (style) => parseFloat(style.opacity) > 0.99 && style.filter === "none" &&
  style.mixBlendMode === "normal" && style.backdropFilter === "none" &&
  (style.maskImage || "none") === "none";
// A filter or a blend changes both colours, so what axe computed is not what people see.
const isRecoloured = (style) => style.filter !== "none" || style.mixBlendMode !== "normal";

// The canvas is white unless the page is dark; axe takes it for white.
const scheme = getComputedStyle(document.documentElement).colorScheme;
const named = scheme === "normal" ? document.querySelector("meta[name=color-scheme i]")?.content || "" : scheme;
const isDark = /dark/.test(named) && (!/light/.test(named) || matchMedia("(prefers-color-scheme: dark)").matches);
const hasGround = (element) => {
  for (let at = element; at; at = parentOf(at)) {
    const ground = colour(getComputedStyle(at).backgroundColor);
    if (!ground || ground[3] > 0.99) return true;
  }
  return false;
};

globalThis.observerTexts = [];
let characters = 0, texted = 0, exempt = 0;
for (const [element, own] of texts(8000)) {
  characters += own.length;
  texted += 1;
  const style = getComputedStyle(element);
  const fill = style.webkitTextFillColor;
  const filled = fill && fill !== style.color;
  let plain = !filled && style.webkitTextStrokeWidth === "0px", recoloured = filled, opacity = 1;
  for (let at = element; at; at = parentOf(at)) {
    const here = getComputedStyle(at);
    plain = plain && isPlain(here);
    recoloured = recoloured || isRecoloured(here);
    opacity *= parseFloat(here.opacity);
  }
  const onDark = isDark && !hasGround(element);
  plain = plain && !onDark;
  recoloured = recoloured || onDark;
  if (plain && !open.has(element)) continue;
  if (failed.has(element) && !recoloured) continue;
  const box = element.getBoundingClientRect();
  const isAside = box.left >= innerWidth || box.right <= 0;  // a slide whose turn has not come
  if (isOff(element) || isAside || opacity < 0.02 || !/[\p{L}\p{N}]/u.test(own)) {
    exempt += open.has(element);
    continue;
  }
  if (observerTexts.length >= 60) continue;
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
  observerTexts.push({ element, own, needed: large ? 3 : 4.5, isOpen: open.has(element), isFailed: failed.has(element) });
}
return {
  characters, texts: texted, open: openCount - exempt,
  rows: observerTexts.map(({ element, own, needed, isOpen, isFailed }, index) => ({
    index, needed, isOpen, isFailed, letters: own.length, ...placeOf(element, short(own)),
  })),
};
