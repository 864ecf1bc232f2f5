// Put before every other measure. A measure is the body of a function of `given`, and returns
// JSON. It runs in a world of its own: a page that changes prototypes does not change ours.
const PLACES = 10;

// Names of forms and pictures hide properties of the document (“clobbering”): ask its prototype.
const document = new Proxy(globalThis.document, {
  get(target, name) {
    for (let at = Document.prototype; at; at = Object.getPrototypeOf(at)) {
      const own = Object.getOwnPropertyDescriptor(at, name);
      if (own) {
        const value = own.get ? own.get.call(target) : own.value;
        return typeof value === "function" ? value.bind(target) : value;
      }
    }
    return undefined;
  },
  set: (target, name, value) => Reflect.set(target, name, value, target),
});
const childrenOf = Object.getOwnPropertyDescriptor(Element.prototype, "children").get;

function short(text, length = 80) {
  const line = String(text ?? "").replace(/\s+/g, " ").trim();
  return line.length > length ? line.slice(0, length - 1) + "…" : line;
}

// A selector that leads to one element, as short as an id allows.
function selectorOf(element) {
  const parts = [];
  for (let at = element; at && at.nodeType === 1 && parts.length < 12; at = at.parentElement) {
    const id = at.getAttribute("id");
    const root = at.getRootNode();
    if (id && /^[A-Za-z][\w-]{0,60}$/.test(id) && root.querySelectorAll("#" + id).length === 1) {
      parts.unshift("#" + id);
      break;
    }
    const tag = at.localName;
    const same = at.parentElement
      ? [...at.parentElement.children].filter((each) => each.localName === tag)
      : [];
    parts.unshift(same.length > 1 ? `${tag}:nth-of-type(${same.indexOf(at) + 1})` : tag);
  }
  return parts.join(" > ").slice(0, 300);
}

function boxOf(element) {
  const box = element.getBoundingClientRect();
  return [box.x + scrollX, box.y + scrollY, box.width, box.height].map(Math.round);
}

function nameOf(element) {
  return short(
    globalThis.observerTree?.get(element)?.name ||
    element.getAttribute("aria-label") || element.innerText || element.value ||
    element.getAttribute("alt") || element.getAttribute("placeholder") ||
    element.getAttribute("title") || element.getAttribute("name") || element.localName,
  );
}

function placeOf(element, text) {
  return { selector: selectorOf(element), text: text ?? nameOf(element), box: boxOf(element) };
}

// Whether a person can see anything of it: no display:none, no hidden, no clip to a pixel.
function isShown(element) {
  if (!element.checkVisibility || !element.checkVisibility({
    opacityProperty: false, visibilityProperty: true, contentVisibilityAuto: true,
  })) return false;
  const box = element.getBoundingClientRect();
  if (box.width <= 1 || box.height <= 1) return false;
  return box.right + scrollX > 0 && box.bottom + scrollY > 0;
}

// Whether the Tab key stops here. A link without an address does not, whatever its “tabIndex” says.
function isTabbable(element) {
  const edits = element.matches("[contenteditable]:not([contenteditable=false])");
  if ((element.tabIndex < 0 && !edits) || element.disabled || element.closest("[inert],fieldset:disabled")) return false;
  if (["a", "area"].includes(element.localName) && !element.hasAttribute("href") && !element.hasAttribute("xlink:href")) {
    return edits || element.hasAttribute("tabindex");
  }
  return isShown(element) || element.checkVisibility({ visibilityProperty: true });
}

// Whether one of the first elements below, also in open shadow roots, is of a kind.
function within(element, isOfKind, limit) {
  const waiting = [element];
  for (let count = 0; waiting.length && count < limit; count += 1) {
    const at = waiting.pop();
    if (at !== element && isOfKind(at)) return true;
    waiting.push(...childrenOf.call(at));
    if (at.shadowRoot instanceof ShadowRoot) waiting.push(...at.shadowRoot.children);
  }
  return false;
}

// Elements of the page and of its open shadow roots, in order, at most so many.
function* elements(limit = 20000) {
  const waiting = [document.documentElement];
  let count = 0;
  while (waiting.length && count < limit) {
    const element = waiting.pop();
    count += 1;
    yield element;
    const below = childrenOf.call(element);
    const room = limit - count - waiting.length;  // more would not be looked at anyway
    for (let at = Math.min(below.length, room) - 1; at >= 0; at -= 1) waiting.push(below[at]);
    const inside = element.shadowRoot instanceof ShadowRoot ? element.shadowRoot.children : [];
    for (let at = inside.length - 1; at >= 0; at -= 1) waiting.push(inside[at]);
  }
}

// What lies on top at a point of the window, also within open shadow roots.
function topAt(x, y) {
  let top = document.elementFromPoint(x, y);
  while (top?.shadowRoot instanceof ShadowRoot) {
    const inside = top.shadowRoot.elementFromPoint(x, y);
    if (!inside || inside === top) break;
    top = inside;
  }
  return top;
}

function holds(box, x, y) {
  return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
}

// Elements that hold text of their own that can be seen.
function* texts(limit = 20000) {
  for (const element of elements(limit)) {
    if (["script", "style", "noscript", "template", "title"].includes(element.localName)) continue;
    let own = "";
    for (const node of element.childNodes) if (node.nodeType === 3) own += node.data;
    own = own.trim();
    if (own && isShown(element)) yield [element, own];
  }
}

// What people read, also within open shadow roots, which “innerText” leaves out.
function pageText(limit) {
  const own = document.body ? document.body.innerText : "";
  const inside = [];
  let length = own.length;
  for (const element of elements(20000)) {
    if (!(element.shadowRoot instanceof ShadowRoot)) continue;
    for (const part of element.shadowRoot.querySelectorAll("*")) {
      if (length > limit) break;
      if (["script", "style", "slot", "template"].includes(part.localName) || !isShown(part)) continue;
      const text = [...part.childNodes].filter((each) => each.nodeType === 3).map((each) => each.data).join("").trim();
      if (text) { inside.push(text); length += text.length; }
    }
  }
  return [own, ...inside].join("\n").slice(0, limit);
}

function colour(text) {
  const numbers = (text.match(/[\d.]+(e-?\d+)?%?/g) || []).map((one) =>
    one.endsWith("%") ? parseFloat(one) / 100 : parseFloat(one));
  if (text.startsWith("rgb")) return [...numbers.slice(0, 3), numbers[3] ?? 1];
  if (text.startsWith("color(srgb")) {
    return [...numbers.slice(0, 3).map((one) => one * 255), numbers[3] ?? 1];
  }
  return null;
}

function over(front, back) {
  const alpha = front[3];
  return [0, 1, 2].map((i) => front[i] * alpha + back[i] * (1 - alpha)).concat(1);
}

function luminance([red, green, blue]) {
  const [r, g, b] = [red, green, blue].map((one) => {
    const part = one / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function segments(text, granularity, language) {
  try {
    return new Intl.Segmenter(language || undefined, { granularity }).segment(text);
  } catch {
    return new Intl.Segmenter(undefined, { granularity }).segment(text);
  }
}
