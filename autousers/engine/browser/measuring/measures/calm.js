// How busy the page is: what the visit waits for to become quiet.
const entries = performance.getEntriesByType("resource");
return {
  state: document.readyState,
  elements: document.getElementsByTagName("*").length,
  text: document.body ? document.body.innerText.length : 0,
  resources: entries.length,
};
