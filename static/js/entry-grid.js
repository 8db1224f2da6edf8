// Entering orders, part 3: the grid. One listener for all cells; only rows that are not the same object are drawn again.
(function () {
  'use strict';
  var E = window.wbEntry, W = E.words;
  var body = document.getElementById('entry-rows'), blank = document.getElementById('entry-row'), msg = document.getElementById('entry-msg');
  var cells = {}; // key -> {tr, inputs, ...}, so that no row is searched for
  var WALK = ['product', 'product_name', 'customer_part_number', 'quantity', 'unit_price', 'percent', 'due_on', 'remarks'];
  var MARKED = WALK.concat('unit');

  function make(row) {
    var tr = blank.content.firstElementChild.cloneNode(true), own = { tr: tr, inputs: {}, marks: {}, row: null, place: 0, messages: [] };
    tr.dataset.key = row.key;
    tr.querySelectorAll('input').forEach(function (input) {
      own.inputs[input.dataset.field] = input;
    });
    own.inputs.unit = own.inputs.quantity; // the unit is no field of its own
    tr.querySelectorAll('[data-mark]').forEach(function (mark) { own.marks[mark.dataset.mark] = mark; });
    own.number = tr.querySelector('[data-place]');
    own.unit = tr.querySelector('[data-unit]');
    own.rate = tr.querySelector('[data-rate]');
    own.amount = tr.querySelector('[data-amount]');
    own.spec = tr.querySelector('[data-spec]');
    cells[row.key] = own;
    return own;
  }
  function write(node, text) { if (node.textContent !== text) node.textContent = text; }
  function fill(own, row, place) {
    if (own.place !== place) {
      own.place = place;
      own.number.textContent = String(place);
      WALK.forEach(function (name) { own.inputs[name].setAttribute('aria-label', E.fill(W.row, place) + ' ' + W[name]); });
      drawChecks(own);
    }
    if (own.row === row) return;
    WALK.forEach(function (name) {
      var input = own.inputs[name], value = row[name] || '';
      if (input.value !== value && !(document.activeElement === input && input.dataset.dirty)) input.value = value;
    });
    MARKED.forEach(function (name) { E.drawMark(own.marks[name], row[name] && E.howOf(row.from, row.origin, name) || '', W[name], name === 'unit' ? null : own.inputs[name]); });
    own.inputs.unit_price.title = row.reason && row.from.unit_price === 'default' ? row.reason : '';
    own.inputs.product_name.readOnly = Boolean(row.product && row.known);
    write(own.unit, row.unit || '');
    write(own.spec, row.spec || '');
    own.spec.title = own.spec.textContent;
    write(own.rate, /^\d+$/.test(row.tax_rate || '') ? row.tax_rate + '%' : (row.tax_rate ? '—' : ''));
    var sums = E.amounts(row, E.gross, E.currency);
    write(own.amount, sums ? E.money(sums.all) : '');
    own.row = row;
  }

  // -- drawing
  function draw(before, after, why) {
    if (why === 'checks') { E.drawAllChecks(); return; }
    var same = before.rows.length === after.rows.length && before.rows.every(function (row, at) { return row.key === after.rows[at].key; });
    if (same) {
      after.rows.forEach(function (row, at) { if (cells[row.key].row !== row) fill(cells[row.key], row, at + 1); });
      return;
    }
    var wanted = {};
    after.rows.forEach(function (row) { wanted[row.key] = true; });
    before.rows.forEach(function (row) { if (!wanted[row.key] && cells[row.key]) drop(row.key); });
    var spot = body.firstElementChild;
    after.rows.forEach(function (row, at) {
      var own = cells[row.key] || make(row);
      if (own.tr === spot) {
        spot = past(own);
      } else {
        body.insertBefore(own.tr, spot);
        own.messages.forEach(function (line) { body.insertBefore(line, spot); });
      }
      fill(own, row, at + 1);
    });
  }
  function past(own) { return (own.messages.length ? own.messages[own.messages.length - 1] : own.tr).nextElementSibling; }
  function drop(key) {
    cells[key].messages.forEach(function (line) { line.remove(); });
    cells[key].tr.remove();
    delete cells[key];
  }
  E.drawAll = function () { draw({ rows: [] }, E.state, 'all'); };
  E.on(function (before, after, why) { draw(before, after, why); if (why !== 'checks') totals(); });

  // -- checks under a row: error, hold, note; the gravest marks the cell
  var looks = { error: ['bad', 'alert-circle'], hold: ['hold', 'hand-stop'], note: ['note', 'info-circle'] };
  E.checksOf = function (key) { return (E.faults[key] || []).concat(E.checks[key] || []); };
  E.drawChecks = function (key) { if (cells[key]) { drawChecks(cells[key]); E.tellChecks(); } };
  E.drawAllChecks = function () { Object.keys(cells).forEach(function (key) { drawChecks(cells[key]); }); E.tellChecks(); };
  function drawChecks(own) {
    var key = own.tr.dataset.key, at = E.find(key), found = at < 0 ? [] : E.checksOf(key), row = E.state.rows[at];
    var print = JSON.stringify([found, own.place, row && row.why]);
    if (own.print === print) return;
    own.print = print;
    var focused = document.activeElement && own.messages.some(function (line) { return line.contains(document.activeElement); });
    own.messages.forEach(function (line) { line.remove(); });
    own.messages = [];
    Object.keys(own.inputs).forEach(function (name) { mark(own.inputs[name], '', ''); });
    var next = own.tr.nextElementSibling;
    found.forEach(function (check, place) {
      var line = msg.content.firstElementChild.cloneNode(true), look = looks[check.level], id = 'msg-' + key + '-' + place;
      line.className = 'wb-msg wb-msg--' + look[0];
      line.id = id;
      line.dataset.of = key;
      line.querySelector('use').setAttribute('href', line.querySelector('use').getAttribute('href').replace(/#.*/, '#i-' + look[1]));
      line.querySelector('b').textContent = W[check.level];
      line.querySelector('[data-text]').textContent = check.text;
      var spot = line.querySelector('[data-remedies]');
      (check.remedies || []).forEach(function (remedy) { spot.appendChild(button(remedy.label, { field: remedy.field, value: remedy.value })); });
      if (check.level === 'note') {
        if (row.why) spot.appendChild(document.createTextNode(W.reason + ': ' + row.why));
        else spot.appendChild(button(W.keep, { why: '1' }));
      }
      body.insertBefore(line, next);
      own.messages.push(line);
      var input = own.inputs[check.field];
      if (input && !input.dataset.level) mark(input, check.level, id);
    });
    if (focused) focus(own.inputs.quantity);
  }
  function button(words, data) {
    var one = document.createElement('button');
    one.type = 'button';
    one.className = 'lnk';
    one.textContent = words;
    Object.assign(one.dataset, data);
    return one;
  }
  function mark(input, level, id) {
    var cell = input.parentElement;
    cell.classList.remove('is-error', 'is-hold', 'is-note');
    input.dataset.level = level;
    if (!level) { input.removeAttribute('aria-invalid'); input.removeAttribute('aria-describedby'); return; }
    cell.classList.add('is-' + level);
    input.setAttribute('aria-describedby', id);
    if (level === 'error') input.setAttribute('aria-invalid', 'true');
  }
  body.addEventListener('click', function (e) {
    var pressed = e.target.closest('button'), line = pressed && pressed.closest('[data-of]');
    if (!line) return;
    var key = line.dataset.of;
    if (pressed.dataset.why) { askWhy(key, line, pressed); return; }
    var values = {}, sources = {};
    values[pressed.dataset.field] = pressed.dataset.value;
    sources[pressed.dataset.field] = 'typed';
    if (pressed.dataset.field === 'product') { values.known = false; values.tax_rate = ''; }
    delete E.faults[key];
    E.checks[key] = [];
    E.setRow(key, values, sources);
    E.drawChecks(key);
    E.later(0);
    focus(cells[key].inputs[pressed.dataset.field] || cells[key].inputs.quantity);
  });
  function askWhy(key, line, pressed) {
    var input = document.createElement('input');
    input.className = 'form-control en-why';
    input.setAttribute('aria-label', W.why);
    input.placeholder = W.why;
    input.maxLength = 300;
    input.dataset.whyOf = key;
    pressed.replaceWith(input);
    input.focus();
  }
  function takeWhy(input) {
    var key = input.dataset.whyOf, text = input.value.trim();
    if (!text) return;
    E.setRow(key, { why: text }, {});
    delete E.faults[key];
    E.drawChecks(key);
  }

  // -- totals in the same frame; read aloud only after quiet
  var foot = {}, quiet = 0, live = document.getElementById('entry-live');
  document.querySelectorAll('[data-sum]').forEach(function (node) { foot[node.dataset.sum] = node; });
  function totals() {
    var sums = E.sums();
    write(foot.rows, sums.complete + ' / ' + sums.rows);
    write(foot.net, E.money(sums.net));
    write(foot.tax, E.money(sums.tax));
    write(foot.total, (E.currency === 'CNY' ? '¥ ' : E.currency + ' ') + E.money(sums.all));
    write(foot.words, E.currency === 'CNY' && sums.all > 0n ? E.inWords(sums.all) : '');
    clearTimeout(quiet);
    quiet = setTimeout(function () { write(live, E.fill(W.total, sums.rows, E.money(sums.all))); }, 800);
    E.tellMissing(sums);
  }
  E.totals = totals;

  // -- walking
  function focus(input) {
    if (!input) return;
    input.focus({ preventScroll: true });
    if (input.select) input.select();
    var tr = input.closest('tr');
    if (tr) tr.scrollIntoView({ block: 'nearest' });
    if (tr) input.scrollIntoView({ block: 'nearest', inline: 'nearest' }); // the last columns of a narrow grid
    if (tr && input.dataset.field === 'product') tr.closest('.wb-gridwrap').scrollLeft = 0; // a row begins with its number
  }
  E.focus = focus;
  E.cell = function (key, name) { return cells[key] && cells[key].inputs[name]; };
  E.here = function () {
    var tr = document.activeElement && document.activeElement.closest && document.activeElement.closest('tr[data-key]');
    return tr ? tr.dataset.key : '';
  };
  function nextRow(key, step) {
    var at = E.find(key) + step, rows = E.state.rows;
    if (at >= rows.length) {
      if (E.isBlank(rows[rows.length - 1])) return rows[rows.length - 1].key;
      E.addRow();
      rows = E.state.rows;
    }
    return at < 0 ? '' : rows[Math.min(at, rows.length - 1)].key;
  }
  E.addRow = function () {
    var before = E.state;
    E.state = Object.assign({}, before, { rows: before.rows.concat([E.blank()]) });
    draw(before, E.state, 'all');
  };
  function stops(row) {
    return WALK.filter(function (name) { return cells[row.key].inputs[name].offsetParent !== null && !(name === 'product_name' && row.product && row.known); });
  }
  function onward(key, name) { // where Enter goes
    var row = E.state.rows[E.find(key)];
    if (name === 'product') return [key, row.product && !row.known && row.product_name ? 'quantity' : row.product ? 'quantity' : 'product_name'];
    if (name === 'quantity' && !row.unit_price && row.quantity && (row.known || !row.product)) return [key, 'unit_price'];
    if (name === 'quantity' || name === 'unit_price') return [nextRow(key, 1), 'product'];
    var names = stops(row), to = names[names.indexOf(name) + 1];
    return to ? [key, to] : [nextRow(key, 1), 'product'];
  }
  E.goOn = function (key, name) { var to = onward(key, name); E.step(); focus(E.cell(to[0], to[1])); };

  body.addEventListener('input', function (e) {
    var input = e.target, tr = input.closest('tr[data-key]');
    if (!tr || !input.dataset.field) return;
    input.dataset.dirty = '1';
    if (e.isComposing) return;
    take(tr.dataset.key, input);
  });
  body.addEventListener('compositionend', function (e) {
    var tr = e.target.closest('tr[data-key]');
    if (tr && e.target.dataset.field) take(tr.dataset.key, e.target);
  });
  function forget(values, sources) { // another product: what the old one had brought goes
    ['product_name', 'unit', 'customer_part_number'].forEach(function (field) { values[field] = ''; sources[field] = ''; });
    Object.assign(values, { known: false, spec: '', tax_rate: '', reason: '' });
  }
  function take(key, input) {
    var name = input.dataset.field, values = {}, sources = {}, row = E.state.rows[E.find(key)];
    values[name] = input.value;
    if ((row[name] || '') === input.value) return;
    sources[name] = input.value ? 'typed' : '';
    if (name === 'unit_price' && !input.value) sources[name] = 'default';
    if (name === 'product') {
      if (row.known) forget(values, sources);
      if (row.from.unit_price === 'default') values.unit_price = '';
    }
    delete E.faults[key];
    if (E.checks[key] && E.checks[key].length) { E.checks[key] = E.checks[key].filter(function (check) { return check.field !== name; }); }
    E.setRow(key, values, sources, key + '.' + name);
    E.drawChecks(key);
  }
  body.addEventListener('focusout', function (e) {
    var input = e.target, tr = input.closest('tr[data-key]');
    if (input.dataset.whyOf) { takeWhy(input); return; }
    if (!tr || !input.dataset.field) return;
    delete input.dataset.dirty;
    if (input.dataset.field === 'due_on' && input.value) {
      var day = E.day(input.value, E.begin.today);
      if (day !== input.value) { input.value = day; take(tr.dataset.key, input); }
    }
    if (input.dataset.field === 'quantity') {
      var counted = E.counted(input.value, E.begin.units);
      if (counted) { input.value = counted.quantity; E.setRow(tr.dataset.key, counted, { quantity: 'typed', unit: 'typed' }); E.step(); }
    }
    var to = e.relatedTarget && e.relatedTarget.closest && e.relatedTarget.closest('tr[data-key]');
    if (to !== tr) E.later(150);
  });
  body.addEventListener('focusin', function (e) {
    var tr = e.target.closest('tr[data-key]'), old = body.querySelector('tr.is-cursor');
    if (old && old !== tr) old.classList.remove('is-cursor');
    if (!tr) return;
    tr.classList.add('is-cursor');
    if (e.target.dataset.field) E.showOrigin(tr.dataset.key, e.target.dataset.field, false);
    var last = E.state.rows[E.state.rows.length - 1];
    if (last.key === tr.dataset.key && !E.isBlank(last)) E.addRow();
  });
  body.addEventListener('keydown', function (e) {
    if (E.composing(e) || e.defaultPrevented) return;
    var input = e.target, tr = input.closest('tr[data-key]');
    if (input.dataset.whyOf && (e.key === 'Enter' || e.key === 'Escape')) {
      var of = input.dataset.whyOf;
      e.preventDefault();
      if (e.key === 'Enter') takeWhy(input);
      focus(E.cell(of, 'quantity'));
      return;
    }
    if (!tr || !input.dataset.field || e.ctrlKey || e.metaKey || e.altKey) return;
    var key = tr.dataset.key, name = input.dataset.field, to = null;
    if (e.key === 'Enter') { e.preventDefault(); E.goOn(key, name); return; }
    if (e.key === 'F2') { e.preventDefault(); input.setSelectionRange(input.value.length, input.value.length); return; }
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { to = E.cell(nextRow(key, e.key === 'ArrowDown' ? 1 : -1), name); }
    if (e.key === 'ArrowLeft' && input.selectionStart === 0 && (input.selectionEnd === 0 || input.selectionEnd === input.value.length)) to = beside(key, name, -1);
    if (e.key === 'ArrowRight' && input.selectionEnd === input.value.length && (input.selectionStart === input.value.length || input.selectionStart === 0)) to = beside(key, name, 1);
    if (e.key === 'Escape' && input.dataset.dirty) { e.preventDefault(); delete input.dataset.dirty; E.undo(); return; }
    if (!to) return;
    e.preventDefault();
    E.step();
    focus(to);
  });
  function beside(key, name, step) {
    var names = stops(E.state.rows[E.find(key)]), to = names[names.indexOf(name) + step];
    return to ? E.cell(key, to) : null;
  }
})();
