// Remember how all that can have the focus looks without it. What is remembered stays in our world.
const PARTS = ["outlineStyle", "outlineWidth", "outlineColor", "outlineOffset", "boxShadow", "backgroundColor",
  "backgroundImage", "borderTopColor", "borderTopWidth", "borderTopStyle", "borderBottomColor",
  "borderBottomWidth", "borderBottomStyle", "borderLeftColor", "color", "textDecorationLine",
  "textDecorationColor", "filter", "transform", "opacity", "width", "height"];
globalThis.observerLook = (element) => {
  const style = getComputedStyle(element);
  return Object.fromEntries(PARTS.map((part) => [part, style[part]]));
};
globalThis.observerBefore = new WeakMap();
globalThis.observerSeen = [];
let count = 0;
if (document.activeElement && document.activeElement !== document.body) document.activeElement.blur();
for (const element of elements(20000)) {
  if (!isTabbable(element) || element === document.activeElement) continue;  // some take it back
  if (count > 400) break;
  observerBefore.set(element, observerLook(element));
  count += 1;
}
getSelection()?.removeAllRanges();
return { candidates: count };
