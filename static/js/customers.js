// Takes a suggested value over into its field: the person sees it change and still has to save.
(() => {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take]");
    if (!button) return;
    const field = document.getElementById(button.dataset.take);
    if (!field) return;
    field.value = button.dataset.value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  });
})();
