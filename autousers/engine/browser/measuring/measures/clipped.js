// Text that is cut off by the box that holds it; called before and after the spacing of 1.4.12.
const found = [];
for (const [element, own] of texts(6000)) {
  for (let at = element, depth = 0; at && depth < 4; at = at.parentElement, depth += 1) {
    const style = getComputedStyle(at);
    const hidesDown = ["hidden", "clip"].includes(style.overflowY);
    const hidesAcross = ["hidden", "clip"].includes(style.overflowX);
    if (!hidesDown && !hidesAcross) continue;
    if (at === document.body || at === document.documentElement) break;
    const down = hidesDown && at.scrollHeight - at.clientHeight > 3;
    const across = hidesAcross && at.scrollWidth - at.clientWidth > 3;
    if ((down || across) && at.clientHeight > 1 && at.clientWidth > 1) {
      found.push({ ...placeOf(at, short(own)) });
    }
    break;
  }
}
const once = [...new Map(found.map((each) => [each.selector, each])).values()];
return { places: once.slice(0, 200) };
