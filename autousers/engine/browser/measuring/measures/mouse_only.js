// Things that look pressable and that the keyboard does not reach; the browser says which of them
// hear a click. `observerHands` keeps them for that question.
const INTERACTIVE = "a[href],button,input,select,textarea,summary,label,option,video,audio,iframe,[contenteditable]";
globalThis.observerHands = [];
for (const element of elements(8000)) {
  if (observerHands.length >= 60) break;
  if (element.matches(INTERACTIVE) || element.closest(INTERACTIVE)) continue;
  if (element.tabIndex >= 0 || element.querySelector(INTERACTIVE + ",[tabindex]")) continue;
  const style = getComputedStyle(element);
  const own = element.hasAttribute("onclick") ||
    (style.cursor === "pointer" && getComputedStyle(element.parentElement || element).cursor !== "pointer") ||
    ["button", "link", "checkbox", "tab", "menuitem", "switch"].includes(element.getAttribute("role"));
  if (own && isShown(element) && (short(element.innerText) || element.querySelector("img,svg"))) {
    observerHands.push(element);
  }
}
return observerHands.map((each) => ({ sure: each.hasAttribute("onclick"), role: each.getAttribute("role"), ...placeOf(each) }));
