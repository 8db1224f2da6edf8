// Lists: search while typing, tidy addresses, focus that survives a swap. Keys and selection are the frame's.
// Without this file everything works by links and plain forms.
(function () {
  'use strict';
  var d = document;
  var wait = null;

  function search(box) {
    clearTimeout(wait);
    wait = setTimeout(function () {
      if (box.form && box.value.trim() !== box.form.dataset.value) box.form.requestSubmit();
    }, 250);
  }
  d.addEventListener('input', function (e) {
    // While an input method composes, half-typed letters are not a search.
    if (e.target.id === 'list-text' && !e.isComposing) search(e.target);
  });
  d.addEventListener('compositionend', function (e) {
    if (e.target.id === 'list-text') search(e.target);
  });

  // Fields left empty do not travel, so that the address says only what is meant.
  d.addEventListener('htmx:configRequest', function (e) {
    var given = e.detail.parameters;
    if (e.detail.verb !== 'get' || !e.target.closest || !e.target.closest('#list')) return;
    Object.keys(given).forEach(function (name) {
      var values = [].concat(given[name]).filter(function (value) { return value !== ''; });
      if (!values.length) delete given[name];
    });
  });

  // The search box is kept across a swap with what is being typed; a removed filter empties it. Only the list itself
  // counts: tabs and sums that come in on their own must not take away what is typed meanwhile.
  var typing = false, swapped = false;
  d.addEventListener('htmx:beforeSwap', function (e) {
    if (e.detail.target.id !== 'list') return;
    swapped = true;
    typing = d.activeElement && d.activeElement.id === 'list-text';
  });
  d.addEventListener('htmx:afterSettle', function () {
    if (!swapped) return;
    swapped = false;
    var box = d.getElementById('list-text');
    if (!box || !box.form) return;
    if (typing) {
      if (d.activeElement !== box) box.focus();
    } else if (box.value !== box.form.dataset.value) {
      box.value = box.form.dataset.value;
    }
    var list = d.getElementById('list');
    var asked = d.querySelector('[data-list-string]');
    if (list && asked) asked.value = list.dataset.string;
  });
})();
