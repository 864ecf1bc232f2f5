// Menus close on Escape and on a click elsewhere. Without this file they close by their own button.
addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector(".drop[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".drop[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
