// How many elements that the Tab key should reach were not reached.
let missed = 0;
for (const element of elements(20000)) {
  if (element.tabIndex < 0 || element.disabled || !isShown(element) || element.inert) continue;
  if (element.closest("[inert],fieldset:disabled") || element.localName === "iframe") continue;
  if (element.type === "radio") continue;  // one of a group is enough
  if (!observerSeen.includes(element)) missed += 1;
}
return { missed };
