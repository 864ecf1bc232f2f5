// What the window shows of the page, and the size of the page, in the pixels of places.
const root = document.documentElement;
return {
  window: { x: Math.round(scrollX), y: Math.round(scrollY), width: innerWidth, height: innerHeight },
  page: { width: innerWidth, height: Math.max(innerHeight, root.scrollHeight) },
};
