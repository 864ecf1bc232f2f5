// Frame places on the page for a picture; with nothing given, take the frames away.
const ID = "observer-marks";
document.getElementById(ID)?.remove();
if (given.boxes.length) {
  const layer = document.createElement("div");
  layer.id = ID;
  const root = layer.attachShadow({ mode: "closed" });
  layer.style.cssText = "all:initial;position:absolute;left:0;top:0;z-index:2147483647;pointer-events:none";
  given.boxes.forEach(([x, y, width, height], index) => {
    const frame = document.createElement("div");
    frame.style.cssText = `position:absolute;box-sizing:border-box;left:${x - 3}px;top:${y - 3}px;width:${width + 6}px;` +
      `height:${height + 6}px;border:3px solid #d00;outline:2px solid #fff`;
    const label = document.createElement("div");
    label.textContent = index + 1;
    label.style.cssText = "position:absolute;left:-3px;top:-24px;min-width:14px;padding:1px 5px;background:#d00;color:#fff;" +
      "font:bold 15px/20px sans-serif;text-align:center";
    frame.append(label);
    root.append(frame);
  });
  document.documentElement.append(layer);
  scrollTo({ top: Math.max(0, given.boxes[0][1] - innerHeight / 3), behavior: "instant" });
}
return true;
