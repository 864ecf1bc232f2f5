// Whether the page is dark where most of the window's ground is.
const points = [[0.02, 0.02], [0.5, 0.02], [0.5, 0.5], [0.02, 0.98], [0.98, 0.5], [0.5, 0.98], [0.02, 0.5], [0.98, 0.98]];
const light = points.filter(([x, y]) => {
  let at = document.elementFromPoint(innerWidth * x, innerHeight * y);
  for (; at; at = at.parentElement) {
    const ground = colour(getComputedStyle(at).backgroundColor);
    if (ground && ground[3] > 0.5) return luminance(ground) > 0.3;
  }
  const canvas = getComputedStyle(document.documentElement).colorScheme;
  return !/dark/.test(canvas);
}).length;
return { isLight: light > points.length / 2 };
