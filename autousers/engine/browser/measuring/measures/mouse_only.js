// Things that a mouse presses and the keyboard does not reach. `observerPressed` are the elements
// that hear a click by themselves, as devtools tell.
const heard = globalThis.observerPressed || new Map();
const ROLES = "button,link,checkbox,radio,switch,tab,menuitem,menuitemcheckbox,menuitemradio,option,treeitem,slider,gridcell,row";
// The keyboard moves within these by arrows, from one of their parts or from the whole.
const COMPOSITE = "[role=listbox],[role=menu],[role=menubar],[role=tablist],[role=tree],[role=grid]," +
  "[role=treegrid],[role=radiogroup],[role=toolbar],[role=combobox],[role=application]";
const TOO_LARGE = 200;  // letters: a click on a whole section is rarely what people press
const LAYOUT = ["html", "body", "main", "form", "header", "footer", "nav", "table", "tbody", "dialog"];

const isReached = (element) => isTabbable(element) || within(element, isTabbable, 200);
const inReach = (element) => {
  for (let at = element.parentElement || element.getRootNode().host; at; at = at.parentElement || at.getRootNode().host) {
    if (isTabbable(at) && !["html", "body", "main"].includes(at.localName)) return true;
    if (at.localName === "label" && at.control) return true;
  }
  const whole = element.closest(COMPOSITE);
  if (!whole) return false;
  const owner = whole.id && document.querySelector(`[aria-controls~="${CSS.escape(whole.id)}"],[aria-owns~="${CSS.escape(whole.id)}"]`);
  return isTabbable(whole) || within(whole, isTabbable, 400) || Boolean(owner && isTabbable(owner));
};
const says = (element) => short(element.innerText) || element.matches("img,svg,canvas,[aria-label]") ||
  element.querySelector("img,svg,canvas,[aria-label]");
const isOff = (element) => element.closest("[aria-hidden=true],[inert],:disabled,[aria-disabled=true],fieldset:disabled");

// An element that hears many kinds of events hears for all that it holds, as frameworks do it.
const DELEGATES = 20;
const hears = (element) => element.hasAttribute("onclick") || heard.get(element)?.kinds < DELEGATES;
const found = [];
for (const element of new Set([...elements(8000), ...heard.keys()])) {
  if (found.length >= 60) break;
  if (LAYOUT.includes(element.localName) || element.namespaceURI === "http://www.w3.org/2000/svg" && element.localName !== "svg") continue;
  if (element.localName === "label" || ["option", "iframe", "video", "audio", "summary"].includes(element.localName)) continue;
  const role = (element.getAttribute("role") || "").trim().split(/\s+/)[0];
  const claims = ["button", "link", "checkbox", "switch"].includes(role);
  if (!hears(element) && !claims) continue;
  // A drawing of its own element: what is inside is not known.
  if (element.localName.includes("-") && !element.shadowRoot && !element.childElementCount) continue;
  if (!isShown(element) || isOff(element) || !says(element)) continue;
  const points = getComputedStyle(element).cursor === "pointer";
  if (!claims && !points && short(element.innerText, 1000).length > TOO_LARGE) continue;
  if (!claims && getComputedStyle(element).pointerEvents === "none") continue;
  if (isReached(element) || inReach(element)) continue;
  if (found.some((each) => each.contains(element))) continue;
  found.push(element);
}
return found.map((each) => placeOf(each));
