// How the text looks: sizes, typefaces, colours, lines; and what lies on top of it.
const sizes = new Map(), families = new Map(), colours = new Map();
const small = [];
let count = 0, characters = 0, smallCharacters = 0;
const lines = [];
let tightest = null, spaced = 0, spacing = 0, covered = [], coveredCount = 0;
const add = (map, key, number) => map.set(key, (map.get(key) || 0) + number);
for (const [element, own] of texts()) {
  const style = getComputedStyle(element);
  const size = parseFloat(style.fontSize);
  count += 1;
  characters += own.length;
  add(sizes, Math.round(size), own.length);
  add(families, style.fontFamily.split(",")[0].replace(/["']/g, "").trim().toLowerCase(), own.length);
  add(colours, style.color, own.length);
  if (size < 12) {
    smallCharacters += own.length;
    small.push({ value: Math.round(size * 10) / 10, element, own });
  }
  const box = element.getBoundingClientRect();
  const height = style.lineHeight === "normal" ? 1.2 : parseFloat(style.lineHeight) / size;
  const rows = Math.max(1, Math.round(box.height / (height * size)));
  if (own.length > 120 && rows >= 2) {
    spaced += own.length;
    spacing += height * own.length;
    // Letters of East Asian scripts are as wide as two.
    const wide = (own.match(/[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]/g) || []).length;
    const perLine = Math.round(((own.length + wide) / rows) * 10) / 10;
    lines.push({ value: Math.round(perLine), height: Math.round(height * 100) / 100, element, own });
  }
}
for (const element of elements(20000)) {
  const ground = getComputedStyle(element).backgroundColor;
  if (ground !== "rgba(0, 0, 0, 0)" && isShown(element)) add(colours, ground, 1);
}
// Texts on the first screens that something else of the page lies on, and that scrolling does not free.
for (const [element, own] of texts(3000)) {
  if (covered.length >= PLACES) break;
  if (element.closest("[aria-hidden=true],label,button,a,select,option,summary")) continue;
  const range = document.createRange();
  const node = [...element.childNodes].find((each) => each.nodeType === 3 && each.data.trim());
  if (!node) continue;
  range.selectNodeContents(node);
  const box = range.getClientRects()[0];
  if (!box || box.width < 4 || box.top < 0 || box.bottom > innerHeight || box.left < 0 || box.right > innerWidth) continue;
  const points = [0.15, 0.5, 0.85].map((part) => [box.left + box.width * part, box.top + box.height / 2]);
  const tops = points.map(([x, y]) => [topAt(x, y), x, y]);
  const hides = ([top, x, y]) => {
    if (!top || top === element || element.contains(top) || top.contains(element)) return false;
    for (let at = top; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (["fixed", "sticky"].includes(style.position)) return false;  // scrolling frees it
      if (at.contains(element)) return false;
      // A pseudo element reaches further than its element, and often shows nothing.
      if (!holds(at.getBoundingClientRect(), x, y)) continue;
      const ground = colour(style.backgroundColor);
      if (ground && ground[3] > 0.6) return true;
      if (style.backgroundImage !== "none" || at.localName === "img" || at.localName === "video") return true;
      if ([...at.childNodes].some((each) => each.nodeType === 3 && each.data.trim()) && at === top) return true;
    }
    return false;
  };
  if (tops.filter(hides).length >= 2) {
    coveredCount += 1;
    covered.push(placeOf(element, short(own)));
  }
}
small.sort((a, b) => a.value - b.value);
lines.sort((a, b) => b.value - a.value);
const least = Math.max(20, characters * 0.005);
const used = (map, from) => [...map.values()].filter((one) => one >= from).length;
const show = (list) => list.slice(0, PLACES).map(({ element, own, ...rest }) => ({ ...rest, ...placeOf(element, short(own)) }));
const tight = [...lines].sort((a, b) => a.height - b.height);
const weighted = (list, key) => {
  const total = list.reduce((sum, one) => sum + one.own.length, 0);
  return total ? Math.round((100 * list.reduce((sum, one) => sum + one[key] * one.own.length, 0)) / total) / 100 : null;
};
return {
  texts: count, characters, smallCount: small.length, smallCharacters, small: show(small),
  sizes: used(sizes, 1), families: used(families, least), colours: used(colours, 1),
  lineLength: weighted(lines, "value"), lineHeight: weighted(lines, "height"),
  longLines: show(lines), tightLines: show(tight).map((one) => ({ ...one, value: one.height })),
  covered, coveredCount,
};
