// Keys for those who never reach for the mouse, and the cursor and selection of lists.
// Single keys are off while typing, while an input method composes, with a modifier, in a dialog, and where the person
// switched them off (body[data-shortcuts=off]). A link or button names its key with data-key="n".
(function () {
  'use strict';
  var d = document;

  function composing(e) { return e.isComposing || e.keyCode === 229; }
  function typing(e) {
    var t = e.target;
    return t.isContentEditable || t.closest('dialog[open], [role=combobox], [role=grid]') ||
      /^(INPUT|TEXTAREA|SELECT)$/.test(t.tagName) && !/^(checkbox|radio|button|submit)$/.test(t.type);
  }
  function press(selector) {
    var all = d.querySelectorAll(selector);
    for (var i = 0; i < all.length; i += 1) {
      if (all[i].offsetParent !== null && all[i].getAttribute('aria-disabled') !== 'true') {
        all[i].click();
        return true;
      }
    }
    return false;
  }

  // -- the cursor of a list: [data-list] holds tr[data-row]; kept for when the person comes back to the list
  function rows() { return Array.prototype.slice.call(d.querySelectorAll('[data-list] [data-row]')); }
  function current() { return d.querySelector('[data-list] [data-row].is-cursor'); }
  function place() { return 'cursor ' + location.pathname + location.search; }
  function put(row) {
    var before = current();
    if (before) before.classList.remove('is-cursor');
    row.classList.add('is-cursor');
    var link = row.querySelector('a');
    if (link) link.focus({ preventScroll: true });
    row.scrollIntoView({ block: 'nearest' });
    try { sessionStorage.setItem(place(), row.id || String(rows().indexOf(row))); } catch (e) { /* private mode */ }
  }
  function move(step) {
    var all = rows();
    if (!all.length) return;
    var at = all.indexOf(current());
    put(all[Math.max(0, Math.min(all.length - 1, at < 0 && step > 0 ? 0 : at + step))]);
  }
  (function comeBack() {
    var kept = null;
    try { kept = sessionStorage.getItem(place()); } catch (e) { /* private mode */ }
    if (!kept || current()) return;
    var row = d.getElementById(kept) || rows()[Number(kept)];
    if (row && row.matches('[data-list] [data-row]')) row.classList.add('is-cursor');
  })();

  // -- selection: a checkbox in each row, [data-select-all], and the bar of deeds that appears with the first one
  function told() {
    d.querySelectorAll('[data-list]').forEach(function (list) {
      var boxes = list.querySelectorAll('[data-row] input[type=checkbox][name]');
      var n = list.querySelectorAll('[data-row] input[type=checkbox][name]:checked').length;
      var all = list.querySelector('[data-select-all]');
      if (all) {
        all.checked = n > 0 && n === boxes.length;
        all.indeterminate = n > 0 && n < boxes.length;
      }
      list.querySelectorAll('[data-selected]').forEach(function (out) { out.textContent = n; });
      list.querySelectorAll('[data-bulk]').forEach(function (bar) { bar.hidden = n === 0; });
      list.dispatchEvent(new CustomEvent('wb:selection', { bubbles: true, detail: { count: n } }));
    });
  }
  function select(row, on) {
    var box = row.querySelector('input[type=checkbox]');
    if (!box) return;
    box.checked = on;
    row.setAttribute('aria-selected', on ? 'true' : 'false');
  }
  d.addEventListener('change', function (e) {
    if (!e.target.closest('[data-list]') || e.target.type !== 'checkbox') return;
    if (e.target.matches('[data-select-all]')) {
      e.target.closest('[data-list]').querySelectorAll('[data-row]').forEach(function (row) {
        select(row, e.target.checked);
      });
    } else if (e.target.closest('[data-row]')) {
      select(e.target.closest('[data-row]'), e.target.checked);
    } else {
      return;
    }
    told();
  });
  d.addEventListener('click', function (e) {
    if (!e.target.closest('[data-select-none]')) return;
    rows().forEach(function (row) { select(row, false); });
    told();
  });
  d.addEventListener('htmx:afterSettle', function (e) {
    if (e.target.closest && e.target.closest('[data-list]')) told();
  });

  function help() {
    var keys = d.getElementById('keys');
    if (keys && !keys.open) keys.showModal();
  }
  d.addEventListener('click', function (e) { if (e.target.closest('[data-keys-open]')) help(); });

  var single = {
    '/': function () { return toSearch(); },
    '?': function () { help(); return true; },
    j: function () { move(1); return true; },
    k: function () { move(-1); return true; },
    x: function () {
      var row = current();
      if (!row) return false;
      select(row, row.getAttribute('aria-selected') !== 'true');
      told();
      return true;
    },
    e: function () {
      var edit = current() && current().querySelector('[data-edit]');
      if (edit) { edit.click(); return true; }
      return press('[data-key="e"]');
    },
    g: function () {
      return press('[data-key="g"]') || press('.wb-deeds .btn-primary') || press('main form .btn-primary');
    },
    '[': function () { return press('a[rel="prev"]'); },
    ']': function () { return press('a[rel="next"]'); }
  };
  function toSearch() {
    var q = d.getElementById('q');
    if (!q) return false;
    q.focus();
    q.select();
    return true;
  }
  d.addEventListener('keydown', function (e) {
    if (composing(e) || e.defaultPrevented) return;
    if ((e.ctrlKey || e.metaKey) && !e.altKey && e.key.toLowerCase() === 'k') {
      if (toSearch()) e.preventDefault();
      return;
    }
    // Out of a text of several lines a form is sent without the mouse; the entry page has its own way.
    if ((e.ctrlKey || e.metaKey) && e.key === 'Enter' && e.target.form && !d.body.dataset.entry) {
      var send = e.target.form.querySelector('button.btn-primary, button.btn-danger');
      if (send) { e.preventDefault(); e.target.form.requestSubmit(send); }
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey || typing(e) || d.body.dataset.shortcuts === 'off') return;
    if (e.key === 'Enter') {
      var link = e.target === d.body && current() && current().querySelector('a');
      if (link) link.click();
      return;
    }
    var done = single[e.key] ? single[e.key]() : /^[a-z]$/.test(e.key) && press('[data-key="' + e.key + '"]');
    if (done) e.preventDefault();
  });
})();
