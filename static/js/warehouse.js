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

  // How many rows are answered and how many are not, beside the words and in the button.
  const count = () => {
    const done = groups().filter((group) => group.querySelector(":checked")).length;
    const figures = { done, left: groups().length - done };
    for (const place of form.querySelectorAll("[data-count]")) {
      const figure = figures[place.dataset.count];
      place.hidden = !figure;
      place.textContent = place.dataset.words.replace("#", figure);
    }
  };

  if (!groups().length) { store((kept) => kept.removeItem(key)); return; }
  bringBack();
  count();
  form.addEventListener("input", keep);
  form.addEventListener("change", () => { keep(); count(); });
  rest.hidden = false;
  rest.addEventListener("click", () => {
    for (const group of groups()) {
      if (!group.querySelector(":checked")) group.querySelector("input[value=all]").checked = true;
    }
    keep();
    count();
  });
})();
