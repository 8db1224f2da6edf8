// The search box as a combobox: htmx brings the list (event wb:search), the arrows walk it, Enter opens the first.
(function () {
  'use strict';
  var d = document;
  var q = d.getElementById('q');
  var box = d.getElementById('search-hits');
  if (!q || !box || !window.htmx) return;
  var asked = null;      // the text the list on screen, or on its way, answers
  var arrived = null;    // the text the list on screen answers
  var enter = false;     // Enter was pressed before the answer came
  var timer = 0;

  function options() { return Array.prototype.slice.call(box.querySelectorAll('[role=option]')); }
  function chosen() { return box.querySelector('[aria-selected=true]'); }
  function choose(option) {
    if (chosen()) chosen().setAttribute('aria-selected', 'false');
    if (!option) {
      q.removeAttribute('aria-activedescendant');
      return;
    }
    option.setAttribute('aria-selected', 'true');
    q.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  }
  function open(on) {
    box.hidden = !on;
    q.setAttribute('aria-expanded', on ? 'true' : 'false');
    if (!on) choose(null);
  }
  function look() {
    var text = q.value.trim();
    if (text === asked) {
      if (text === arrived) open(true);
      return;
    }
    asked = text;
    window.htmx.trigger(q, 'wb:search');
  }
  function later() {
    clearTimeout(timer);
    timer = setTimeout(look, q.value.trim() ? 120 : 0);
  }
  q.addEventListener('input', function (e) { if (!e.isComposing) later(); });
  q.addEventListener('compositionend', later);
  q.addEventListener('focus', later);
  q.addEventListener('blur', function () { setTimeout(function () { if (!box.contains(d.activeElement)) open(false); }, 150); });
  box.addEventListener('mousedown', function (e) { e.preventDefault(); });
  box.addEventListener('htmx:afterSwap', function () {
    arrived = asked;
    options().forEach(function (option, n) { option.id = 'hit-' + n; });
    open(d.activeElement === q);
    if (q.value.trim()) choose(options()[0]);
    if (enter && chosen()) chosen().click();
    enter = false;
  });
  q.addEventListener('keydown', function (e) {
    if (e.isComposing || e.keyCode === 229) return;
    if (e.key === 'Escape') {
      if (box.hidden) q.blur();
      else open(false);
      e.preventDefault();
    } else if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      if (box.hidden) {
        later();
        return;
      }
      var all = options();
      var at = all.indexOf(chosen()) + (e.key === 'ArrowDown' ? 1 : -1);
      choose(all[(at + all.length) % all.length]);
    } else if (e.key === 'Enter' && q.value.trim() && !e.ctrlKey) {
      if (q.value.trim() !== arrived) {
        e.preventDefault();
        enter = true;
        clearTimeout(timer);
        look();
      } else if (chosen() && !box.hidden) {
        e.preventDefault();
        chosen().click();
      }
    } else if (e.key === 'Enter' && chosen() && !box.hidden) {
      e.preventDefault();
      chosen().click();
    }
  });
})();
