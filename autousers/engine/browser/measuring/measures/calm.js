// How busy the page is: what the visit waits for to become quiet.
const entries = performance.getEntriesByType("resource");
// Whether there is anything to see yet; an element of its own may show something in its shadow.
const shows = Boolean(document.body) && (document.body.innerText.trim() !== "" ||
  document.querySelector("img,svg,canvas,video,iframe,input,object,embed") !== null ||
  [...document.body.getElementsByTagName("*")].slice(0, 300).some((each) => each.localName.includes("-")));
return {
  shows, scripts: document.scripts.length,
  state: document.readyState,
  elements: document.getElementsByTagName("*").length,
  text: document.body ? document.body.innerText.length : 0,
  resources: entries.length,
};
