// A chosen file is uploaded at once. Without this script the button "Upload" does the same.
for (const input of document.querySelectorAll('input[type="file"][data-largest]')) {
  const button = input.parentElement.querySelector("button");
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (!file) return;
    const tooLarge = file.size > Number(input.dataset.largest);
    input.setCustomValidity(tooLarge ? "This file is larger than 500 MB." : "");
    if (tooLarge) {
      input.reportValidity();
      input.value = "";
      return;
    }
    button.textContent = "Uploading…";
    input.form.requestSubmit(button);
  });
}
