// Where nodes of the accessibility tree are, by their numbers; `observerTree` keeps the elements.
const wanted = new Set(given.ids);
return [...observerTree].filter(([, each]) => wanted.has(each.id)).slice(0, PLACES)
  .map(([element]) => placeOf(element));
