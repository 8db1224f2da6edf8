// The answer to a question, one-handed: one button answers the rest, and what was tapped outlives a lost connection.
(() => {
  "use strict";
  const form = document.querySelector("form[data-keep]");
  if (!form) return;
  const key = "wb:" + form.dataset.keep;
  const rest = form.querySelector("[data-answer-rest]");
  const groups = () => [...form.querySelectorAll(".wb-tri:not([disabled])")];
  const store = (deed) => { try { return deed(window.localStorage); } catch { return null; } };

  const keep = () => store((kept) => kept.setItem(key, JSON.stringify([...new FormData(form)].filter(([name]) => !name.startsWith("csrf")))));
  const bringBack = () => {
    const kept = store((all) => JSON.parse(all.getItem(key) || "[]")) || [];
    for (const [name, value] of kept) {
      const field = form.elements.namedItem(name);
      if (field instanceof RadioNodeList) field.value = value;
      else if (field && !field.value) field.value = value;
    }
  };

  if (!groups().length) { store((kept) => kept.removeItem(key)); return; }
  bringBack();
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  rest.hidden = false;
  rest.addEventListener("click", () => {
    for (const group of groups()) {
      if (!group.querySelector(":checked")) group.querySelector("input[value=all]").checked = true;
    }
    keep();
  });
})();
