// Take the focus away, or give it back to the element that had it, for two pictures.
if (given.on) observerSeen[given.at]?.focus({ preventScroll: true, focusVisible: true });
else observerSeen[given.at]?.blur();
return true;
