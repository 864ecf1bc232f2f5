// What is pressed, and how large it is. Links within a sentence are excepted, as in WCAG 2.5.8.
const targets = [];
let count = 0;
for (const element of document.querySelectorAll(
  "a[href],button,input:not([type=hidden]),select,textarea,summary,[role=button],[role=link],[role=checkbox],[role=tab]",
)) {
  if (!isShown(element) || element.disabled) continue;
  const style = getComputedStyle(element);
  if (style.display === "inline" && element.localName === "a") {
    const around = short(element.parentElement?.innerText, 2000).length;
    if (around > short(element.innerText, 2000).length + 3) continue;
  }
  let box = element.getBoundingClientRect();
  // What is drawn over it reaches as far, such as the link that covers a card.
  for (const pseudo of ["::before", "::after"]) {
    const drawn = getComputedStyle(element, pseudo);
    if (drawn.content === "none" || drawn.position !== "absolute") continue;
    const [width, height] = [parseFloat(drawn.width) || 0, parseFloat(drawn.height) || 0];
    box = { width: Math.max(box.width, width), height: Math.max(box.height, height) };
  }
  const label = element.labels?.[0];
  if (label && ["checkbox", "radio"].includes(element.type)) {
    for (const part of [label, ...label.children]) {
      const other = part.getBoundingClientRect();
      box = { width: Math.max(box.width, other.width), height: Math.max(box.height, other.height) };
    }
  }
  count += 1;
  const least = Math.round(Math.min(box.width, box.height) * 10) / 10;
  targets.push({ least, width: Math.round(box.width), height: Math.round(box.height), element });
}
targets.sort((a, b) => a.least - b.least);
const shown = (limit) => targets.filter((each) => each.least < limit);
return {
  count, under24: shown(24).length, under44: shown(44).length,
  smallest: targets.slice(0, PLACES).map(({ element, ...rest }) => ({ ...rest, ...placeOf(element) })),
};
