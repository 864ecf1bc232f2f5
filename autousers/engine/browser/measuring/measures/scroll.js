// Go one window down. Says where that is, and whether it is the end.
const scroller = document.scrollingElement || document.documentElement;
if (given.to === "top") scroller.scrollTo({ top: 0, behavior: "instant" });
else scroller.scrollBy({ top: innerHeight, behavior: "instant" });
await new Promise((done) => setTimeout(done, 60));
return {
  top: Math.round(scroller.scrollTop),
  height: scroller.scrollHeight,
  isEnd: scroller.scrollTop + innerHeight >= scroller.scrollHeight - 2,
};
