// Where the focus is, and whether its computed style shows it: a change that has contrast with
// what is behind it. `shows: null` means that style alone does not tell.
if (given.settle) await new Promise((done) => setTimeout(done, given.settle));
let at = document.activeElement;
while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
if (!at || at === document.body || at === document.documentElement) return { at: null };
const index = observerSeen.indexOf(at);
if (index < 0) observerSeen.push(at);

function ground(element) {
  let behind = [255, 255, 255, 1];
  const chain = [];
  for (let one = element; one; one = one.parentElement) chain.unshift(one);
  for (const one of chain) {
    const style = getComputedStyle(one);
    if (style.backgroundImage !== "none") return null;
    const here = colour(style.backgroundColor);
    if (!here) return null;
    behind = over(here, behind);
  }
  return behind;
}

// A dialog may keep the focus: it is left by its buttons.
const inModal = Boolean(at.closest("dialog:modal,[aria-modal=true],[role=dialog],[role=alertdialog]"));
// Within a shadow root nothing of the page outside is before or after: its host stands for it.
const precedes = (one, other) => {
  const lifted = (each) => { while (each.getRootNode().host) each = each.getRootNode().host; return each; };
  const [a, b] = one.getRootNode() === other.getRootNode() ? [one, other] : [lifted(one), lifted(other)];
  return Boolean(b.compareDocumentPosition(a) & Node.DOCUMENT_POSITION_PRECEDING);
};
const main = document.querySelector("main,[role=main]");
const previous = observerSeen[given.previous ?? -1];
const fragment = at.localName === "a" && (at.getAttribute("href") || "").startsWith("#") &&
  at.getAttribute("href").length > 1;
const before = observerBefore.get(at);
const now = observerLook(at);
const visible = (text, behind) => {
  const front = colour(text);
  return !front || !behind || (front[3] > 0.05 && contrast(over(front, behind), behind) >= 1.25);
};
let shows = null, how = "";
const behind = ground(at.parentElement || at);
const inside = ground(at);
const changed = (part) => !before || before[part] !== now[part];
const outlined = now.outlineStyle !== "none" && parseFloat(now.outlineWidth) >= 1;
if (outlined && (changed("outlineStyle") || changed("outlineWidth") || changed("outlineColor"))) {
  if (now.outlineStyle === "auto" || visible(now.outlineColor, behind)) { shows = true; how = "outline"; }
}
if (shows === null && before) {
  if (changed("boxShadow") && now.boxShadow !== "none" && visible(now.boxShadow.match(/(rgba?|color)\([^)]*\)/)?.[0] || "none", behind)) {
    shows = true; how = "shadow";
  } else if (changed("backgroundColor") && visible(now.backgroundColor, over(colour(before.backgroundColor) || [255, 255, 255, 1], behind || [255, 255, 255, 1]))) {
    shows = true; how = "background";
  } else if (changed("textDecorationLine") && now.textDecorationLine !== "none") {
    shows = true; how = "underline";
  } else if (["borderTopColor", "borderBottomColor", "borderLeftColor"].some((part) => changed(part) &&
      visible(now[part], behind))) {
    shows = true; how = "border";
  } else if (changed("borderBottomWidth") || changed("borderTopWidth")) {
    shows = true; how = "border";
  } else if (changed("color") && visible(now.color, colour(before.color))) {
    shows = true; how = "colour";
  }
}
const box = at.getBoundingClientRect();
const type = (at.getAttribute("type") || "text").toLowerCase();
return {
  at: index < 0 ? observerSeen.length - 1 : index, isNew: index < 0, shows, how,
  // A text field shows a caret: that is not what 2.4.7 hopes for, and yet it is seen.
  caret: at.localName === "textarea" || at.isContentEditable ||
    (at.localName === "input" && !["checkbox", "radio", "button", "submit", "reset", "range", "color", "file", "image"].includes(type)),
  frame: at.localName === "iframe",
  // Parts of one element that take the focus in turn: a date has three, a player its buttons.
  parts: at.localName === "iframe" || ["video", "audio", "embed", "object"].includes(at.localName) ||
    (at.localName === "input" && ["date", "time", "datetime-local", "month", "week"].includes(type)), tabindex: Number(at.getAttribute("tabindex") || 0),
  onScreen: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth && box.width > 1 && box.height > 1,
  shown: isShown(at),
  group: [at.localName, at.className?.baseVal ?? at.className, type, now.backgroundColor, now.color].join("|").slice(0, 300),
  // Before the one it came from, in the order of the page.
  jumps: Boolean(index < 0 && !inModal && previous && previous.isConnected && precedes(at, previous)),
  beforeMain: main ? precedes(at, main) : null,
  skips: Boolean(fragment && document.getElementById(at.getAttribute("href").slice(1))),
  inModal,
  // Something that floats may lie on top of it (2.4.11).
  covered: (() => {
    if (!isShown(at) || at.localName === "iframe") return false;
    const points = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5]].map(([x, y]) => [box.x + box.width * x, box.y + box.height * y]);
    return points.every(([x, y]) => {
      if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return false;
      const top = topAt(x, y);
      if (!top || at.contains(top) || top.contains(at) || at.labels && [...at.labels].some((one) => one.contains(top))) return false;
      for (let one = top; one; one = one.parentElement) {
        if (["fixed", "sticky"].includes(getComputedStyle(one).position)) return true;
      }
      return false;
    });
  })(),
  ...placeOf(at),
};
