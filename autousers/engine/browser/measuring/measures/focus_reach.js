// How many elements that the Tab key should reach were not reached.
let missed = 0;
for (const element of elements(20000)) {
  if (!isTabbable(element) || !isShown(element) || element.localName === "iframe") continue;
  if (element.type === "radio") continue;  // one of a group is enough
  if (!observerSeen.includes(element)) missed += 1;
}
return { missed };
