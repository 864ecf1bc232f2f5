// Layout shift and times, from what the browser itself recorded.
const shift = await new Promise((done) => {
  let total = 0;
  try {
    new PerformanceObserver((list) => {
      for (const each of list.getEntries()) if (!each.hadRecentInput) total += each.value;
    }).observe({ type: "layout-shift", buffered: true });
  } catch { done(null); return; }
  setTimeout(() => done(total), 20);
});
const paint = performance.getEntriesByName("first-contentful-paint")[0];
const navigation = performance.getEntriesByType("navigation")[0];
return {
  shift: shift === null ? null : Math.round(shift * 1000) / 1000,
  firstPaint: paint ? Math.round(paint.startTime) : null,
  loaded: navigation && navigation.loadEventEnd ? Math.round(navigation.loadEventEnd) : null,
};
