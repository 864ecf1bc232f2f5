// What moves or sounds by itself for longer than five seconds (2.2.2, 1.4.2).
const moving = [];
const roots = [document, ...[...elements(8000)].map((each) => each.shadowRoot).filter((each) => each instanceof ShadowRoot)];
for (const animation of roots.flatMap((each) => each.getAnimations()).slice(0, 2000)) {
  const timing = animation.effect?.getComputedTiming();
  const element = animation.effect?.target;
  if (animation.playState !== "running" || !timing || !element || !isShown(element)) continue;
  const lasts = timing.endTime === Infinity ? Infinity : timing.endTime;
  if (lasts <= 5000) continue;
  const frames = animation.effect.getKeyframes?.() || [];
  const names = new Set(frames.flatMap((each) => Object.keys(each)));
  const parts = ["transform", "translate", "scale", "rotate", "left", "top", "right", "bottom", "opacity",
    "marginLeft", "marginTop", "backgroundPositionX", "backgroundColor", "width", "height"];
  if (!parts.some((each) => names.has(each))) continue;
  moving.push({ kind: "animation", ...placeOf(element) });
}
for (const element of document.querySelectorAll("marquee,blink")) {
  if (isShown(element)) moving.push({ kind: element.localName, ...placeOf(element) });
}
// Scripts move things, too: what is elsewhere a moment later, and still so after five seconds.
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const sampled = [...elements(1500)].filter((each) => each.localName !== "marquee" && isShown(each));
const place = (each) => {
  const box = each.getBoundingClientRect();
  return [box.x + scrollX, box.y + scrollY, box.width, box.height].map(Math.round).join();
};
const movers = async (among) => {
  const first = among.map(place);
  await pause(70);
  const second = among.map(place);
  await pause(70);
  return among.filter((each, index) => first[index] !== second[index] && second[index] !== place(each));
};
// What styles move may push other things along.
const mayPush = document.scripts.length > 0 && !moving.length;
let pushed = mayPush ? await movers(sampled) : [];
if (pushed.length && performance.now() < 5200) await pause(5200 - performance.now());
if (pushed.length) pushed = await movers(pushed);
// What is pushed along by another is no mover of its own.
pushed = pushed.filter((each) => !pushed.some((one) => one !== each && one.contains(each)) && !["html", "body"].includes(each.localName));
for (const each of pushed.slice(0, PLACES)) moving.push({ kind: "script", ...placeOf(each) });
const sounding = [];
for (const media of document.querySelectorAll("video,audio")) {
  const plays = media.autoplay || !media.paused;
  const long = media.loop || !(media.duration <= (media.localName === "video" ? 5 : 3));
  if (!plays || !long) continue;
  if (media.localName === "video" && isShown(media) && !media.controls) {
    moving.push({ kind: "video", ...placeOf(media, short(media.currentSrc || media.src || "video")) });
  }
  if (!media.muted && !media.controls) sounding.push({ kind: media.localName, ...placeOf(media, media.localName) });
}
const stops = [...document.querySelectorAll("button,[role=button]")].filter((each) =>
  isShown(each) && /pause|stop|anhalten|pausa|arr[eê]ter|停止|暂停/i.test(nameOf(each)));
return {
  moving: moving.slice(0, PLACES), count: moving.length, sounding: sounding.slice(0, PLACES),
  canStop: stops.length > 0,
  reduced: matchMedia("(prefers-reduced-motion: reduce)").matches,
};
