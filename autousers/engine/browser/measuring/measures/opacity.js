// Text that is see-through: its contrast, with the opacity of all that holds it. Where a picture,
// a gradient or something that floats lies behind it, nothing is said.
const faint = [];
let measured = 0, unknown = 0, faintCharacters = 0, characters = 0, texted = 0;
for (const [element, own] of texts(8000)) {
  characters += own.length;
  texted += 1;
  let opacity = 1, plain = true;
  const grounds = [];
  for (let at = element; at; at = at.parentElement) {
    const style = getComputedStyle(at);
    opacity *= parseFloat(style.opacity);
    if (style.backgroundImage !== "none" || style.mixBlendMode !== "normal" || style.filter !== "none") plain = false;
    grounds.push([colour(style.backgroundColor), opacity, parseFloat(style.opacity)]);
  }
  if (opacity > 0.99) continue;
  if (element.closest("[aria-hidden=true],[inert],:disabled,[aria-disabled=true]") || opacity < 0.02) continue;
  const style = getComputedStyle(element);
  const front = colour(style.color);
  if (!plain || !front || grounds.some(([ground]) => !ground)) { unknown += 1; continue; }
  // From the root inwards: each group is painted over what is behind it, then mixed by its opacity.
  const paint = (index, behind) => {
    const [ground, , own] = grounds[index];
    const inside = over(ground, behind);
    const inner = index === 0 ? [over(front, inside), inside] : paint(index - 1, inside);
    return inner.map((one) => over([...one.slice(0, 3), own], behind));
  };
  const [ink, ground] = paint(grounds.length - 1, [255, 255, 255, 1]);
  const ratio = contrast(ink, ground);
  measured += 1;
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
  const needed = large ? 3 : 4.5;
  if (ratio < needed - 0.05) {
    faintCharacters += own.length;
    faint.push({ ratio: Math.round(ratio * 100) / 100, needed, ...placeOf(element, short(own)) });
  }
}
faint.sort((a, b) => a.ratio - b.ratio);
return { faint: faint.slice(0, PLACES), count: faint.length, measured, unknown, faintCharacters, characters, texts: texted };
