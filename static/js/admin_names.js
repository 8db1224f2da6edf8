/* Gives a name to fields Django's administration leaves without one: cells of a table of rows, and searchable choices. */
(function () {
  'use strict';
  function nameCells() {
    document.querySelectorAll('.tabular td[class*="field-"] :is(input, select, textarea):not([type=hidden])').forEach(function (field) {
      if (field.labels && field.labels.length || field.hasAttribute('aria-label')) return;
      var cell = field.closest('td');
      var table = cell.closest('table');
      var head = table && table.tHead && table.tHead.rows[0].querySelector('th.column-' + (cell.className.match(/field-([\w-]+)/) || [])[1]);
      if (head) field.setAttribute('aria-label', head.textContent.trim());
    });
  }
  function nameHalves() {
    document.querySelectorAll('.form-row input.vDateField, .form-row input.vTimeField').forEach(function (field) {
      if (field.labels && field.labels.length || field.hasAttribute('aria-label')) return;
      var row = field.closest('.form-row');
      var label = row && row.querySelector('label, legend');
      var own = field.closest('p, div');
      var before = field.previousSibling ? field.previousSibling.textContent.trim() : '';
      if (label) field.setAttribute('aria-label', (label.textContent.trim().replace(/[:：]$/, '') + ' ' + (own === row ? '' : before)).trim());
    });
  }
  function nameChoices() {
    document.querySelectorAll('.select2-selection[role=combobox]').forEach(function (box) {
      var select = box.closest('.select2-container').previousElementSibling;
      var label = select && select.labels && select.labels[0];
      if (!label || box.hasAttribute('aria-label')) return;
      box.removeAttribute('aria-labelledby');
      box.querySelectorAll('[role=textbox]').forEach(function (shown) { shown.removeAttribute('role'); shown.removeAttribute('aria-readonly'); });
      box.setAttribute('aria-label', label.textContent.trim().replace(/[:：]$/, '') + (box.textContent.trim() ? ' ' + box.textContent.trim() : ''));
    });
  }
  function name() { nameCells(); nameHalves(); nameChoices(); }
  // rows are added by a click and searchable choices are drawn when they like: whatever comes is named
  window.addEventListener('load', function () {
    name();
    new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  });
})();
