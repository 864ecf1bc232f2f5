// Whether the page fits its window, and what does not. Things that may scroll sideways by their
// nature (tables, code, maps, pictures of data) are excepted, as in WCAG 1.4.10.
const room = document.documentElement.clientWidth;
const scroller = document.scrollingElement || document.documentElement;
const wide = scroller.scrollWidth;
const clipsPage = [document.documentElement, document.body].filter(Boolean)
  .some((each) => ["hidden", "clip"].includes(getComputedStyle(each).overflowX));
const places = [];
const EXCEPTED = "table,pre,code,canvas,svg,video,map,iframe,[role=grid],[role=table],[role=toolbar]";
let cut = 0, excess = 0;
for (const element of elements(8000)) {
  if (!element.parentElement || !isShown(element)) continue;
  const box = element.getBoundingClientRect();
  const right = box.right + scrollX;
  if (right <= room + 1) continue;
  if (element.closest(EXCEPTED)) continue;
  let inScroller = false;
  for (let at = element.parentElement; at && at !== document.body && at !== document.documentElement; at = at.parentElement) {
    const flow = getComputedStyle(at).overflowX;
    if (flow !== "visible") { inScroller = true; break; }
  }
  if (inScroller) continue;
  excess = Math.max(excess, right - room);
  const tells = [...element.childNodes].some((each) => each.nodeType === 3 && each.data.trim()) ||
    ["img", "input", "button", "select", "textarea"].includes(element.localName);
  if (!tells) continue;
  if (clipsPage) { if (box.left + scrollX < room) cut += 1; }
  places.push({ beyond: Math.round(right - room), ...placeOf(element) });
}
places.sort((a, b) => b.beyond - a.beyond);
// What is excepted, or shows nothing, makes a page wider, and nobody has to scroll to read it.
const most = clipsPage ? (cut ? places[0]?.beyond ?? 0 : 0) : Math.min(excess, Math.max(0, wide - room));
return { room, excess: Math.round(most), clipsPage, cut, places: places.slice(0, PLACES) };
