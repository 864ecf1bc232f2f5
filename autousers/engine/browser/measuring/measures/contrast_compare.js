// The contrast of texts on two pictures of the window, with and without ink: of each column of
// letters the pixel that differs most from its ground, and of a text the columns in order.
const pixels = async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.width, image.height);
};
const [inked, bare] = [await pixels(given.inked), await pixels(given.bare)];
const ratio = inked.width / innerWidth;
const COLUMN = 10;  // CSS pixels: about a letter
const at = (image, x, y) => {
  const i = 4 * (y * image.width + x);
  return [image.data[i], image.data[i + 1], image.data[i + 2]];
};
const rectsOf = (element) => [...element.childNodes].filter((each) => each.nodeType === 3 && each.data.trim())
  .flatMap((each) => {
    const range = globalThis.document.createRange();
    range.selectNodeContents(each);
    return [...range.getClientRects()];
  });
const isTop = (element, box) => {
  const top = element.getRootNode().elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return !top || top === element || element.contains(top) || top.contains(element);
};
return given.indexes.map((index) => {
  const { element } = observerTexts[index];
  const best = [];
  let changed = 0, looked = 0;
  for (const box of rectsOf(element).slice(0, 12)) {
    if (box.top < 0 || box.bottom > innerHeight || box.width < 2 || !isTop(element, box)) continue;
    const [left, right] = [Math.max(0, box.left), Math.min(innerWidth, box.right)];
    for (let x = left; x < right; x += COLUMN) {
      let most = 0, inks = 0;
      for (let px = Math.round(x * ratio); px < Math.min(right, x + COLUMN) * ratio; px += 1) {
        for (let py = Math.round(box.top * ratio); py < box.bottom * ratio; py += 1) {
          if (px >= inked.width || py >= inked.height) continue;
          looked += 1;
          const [one, other] = [at(inked, px, py), at(bare, px, py)];
          if (Math.abs(one[0] - other[0]) + Math.abs(one[1] - other[1]) + Math.abs(one[2] - other[2]) < 6) continue;
          changed += 1;
          inks += 1;
          most = Math.max(most, contrast(one, other));
        }
      }
      if (inks >= 3) best.push(most);
    }
  }
  best.sort((a, b) => a - b);
  return { index, columns: best.length, covered: looked ? changed / looked : 0,
    low: best[Math.floor(best.length * 0.1)] ?? null, middle: best[Math.floor(best.length / 2)] ?? null };
});
