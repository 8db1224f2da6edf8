// Entering orders, part 7: customer, header, keys, sending; and the beginning, where a draft that was left comes back.
(function () {
  'use strict';
  var E = window.wbEntry, W = E.words, begin = E.begin, urls = begin.urls;
  var d = document, who = d.getElementById('entry-customer'), card = d.getElementById('entry-card'), note = d.getElementById('entry-note');

  function el(tag, name, text) {
    var node = d.createElement(tag);
    if (name) node.className = name;
    if (text) node.textContent = text;
    return node;
  }

  // -- the customer
  E.takeCustomer = function (hit, hasGoneOn) {
    who.value = hit.name;
    E.step();
    E.set(Object.assign({}, E.state, { customer: { id: hit.id, name: hit.name } }));
    E.step();
    load(hit.id);
    if (!hasGoneOn) E.focus(E.cell(E.state.rows[0].key, 'product'));
  };
  function load(id) {
    return fetch(urls.customer + '?customer=' + id, { headers: { Accept: 'application/json' } }).then(function (answer) {
      if (!answer.ok) throw new Error('gone');
      return answer.json();
    }).then(function (told) {
      if (!E.state.customer || E.state.customer.id !== told.customer.id) return;
      known(told.customer);
    }).catch(function () { E.say('draft', 'warn', W.lost); });
  }
  function known(customer) {
    E.state = Object.assign({}, E.state, { customer: customer });
    if (!begin.order) { E.gross = customer.gross; E.currency = customer.currency; }
    drawCard();
    E.totals();
  }
  function drawCard() {
    var of = E.state.customer;
    card.textContent = '';
    card.hidden = !of || !of.terms;
    if (card.hidden) return;
    var left = el('div'), line = el('div', 'row-x row-x--tight'), link = el('a', 'b', of.name);
    link.href = of.url;
    line.appendChild(link);
    line.appendChild(el('span', 'wb-tag wb-tag--go', of.level));
    if (of.ships_complete) line.appendChild(el('span', 'wb-tag wb-tag--warn', W.complete));
    left.appendChild(line);
    if (of.addresses.length > 1 && !begin.order) {
      var pick = el('select', 'form-select en-pick');
      pick.setAttribute('aria-label', W.address);
      of.addresses.forEach(function (address) {
        var option = el('option', '', address.text);
        option.value = address.id;
        option.selected = String(E.state.header.address || '') === String(address.id);
        pick.appendChild(option);
      });
      pick.addEventListener('change', function () { E.setHeader('address', pick.value); });
      left.appendChild(pick);
    } else left.appendChild(el('div', 't2 clip', of.addresses.length ? of.addresses[0].text : W.no_address));
    if (of.invoice) left.appendChild(el('div', 't2 clip', E.fill(W.invoice, of.invoice)));
    left.appendChild(el('div', 't2', [of.terms, of.price_list, of.currency].filter(Boolean).join(' · ')));
    card.appendChild(left);
    var middle = el('div');
    if (of.credit) {
      var top = el('div', 'row-x row-x--tight');
      top.appendChild(el('span', 't3', W.credit));
      top.appendChild(el('b', 'push tn', E.fill(W.left, of.credit.left, of.credit.limit)));
      middle.appendChild(top);
      var meter = el('progress', 'wb-prog en-credit');
      meter.max = 100;
      meter.value = of.credit.share;
      meter.setAttribute('aria-label', W.credit);
      middle.appendChild(meter);
    }
    if (of.open) {
      var open = el('a', 'fs1', E.fill(W.open_orders, of.open));
      open.href = of.open_url;
      middle.appendChild(open);
    }
    if (of.wishes) middle.appendChild(el('div', 't2 fs1', of.wishes));
    card.appendChild(middle);
    var right = el('div');
    if (of.refusal) { var ban = el('div', 'wb-note wb-note--bad', of.refusal); ban.setAttribute('role', 'alert'); right.appendChild(ban); }
    if (of.last && !begin.order) {
      var again = el('button', 'btn btn-sm', E.fill(W.take_last, of.last.number, of.last.on));
      again.type = 'button';
      again.dataset.deed = 'last';
      again.appendChild(el('kbd', '', 'Alt L'));
      right.appendChild(again);
    }
    usual(of, right);
    card.appendChild(right);
  }
  // what they usually order and this order has not: Alt and its number add a row
  function usual(of, spot) {
    var there = E.state.rows.map(function (row) { return row.product; });
    var left = (of.products || []).filter(function (hit) { return there.indexOf(hit.code) < 0; }).slice(0, 4);
    if (!left.length) return;
    var list = el('div', 'en-usual fs1', W.usual + ' ');
    left.forEach(function (hit, at) {
      var one = el('button', 'lnk', hit.name + ' ');
      one.type = 'button';
      one.title = hit.code + (hit.spec ? ' ' + hit.spec : '');
      one.dataset.deed = 'usual';
      one.dataset.at = at;
      one.appendChild(el('kbd', '', 'Alt ' + (at + 1)));
      list.appendChild(one);
    });
    spot.appendChild(list);
    offered = left;
  }
  var offered = [];
  function takeUsual(at) {
    var hit = offered[at], rows = E.state.rows, last = rows[rows.length - 1];
    if (!hit || !last) return;
    if (!E.isBlank(last)) { E.addRow(); last = E.state.rows[E.state.rows.length - 1]; }
    E.takeProduct(last.key, hit);
    drawCard();
    E.focus(E.cell(last.key, 'quantity'));
  }
  function takeLast() {
    if (!E.state.customer || begin.order) return;
    fetch(urls.last + '?customer=' + E.state.customer.id, { headers: { Accept: 'application/json' } }).then(function (answer) { return answer.json(); }).then(function (told) {
      var rows = told.rows.map(function (row) { return Object.assign({}, row, { key: E.newKey() }); });
      var kept = E.state.rows.filter(function (row) { return !E.isBlank(row); });
      E.step();
      E.set(Object.assign({}, E.state, { rows: kept.concat(rows, [E.blank()]) }));
      E.step();
      told.answers.forEach(function (answer, at) { E.answered(Object.assign({}, answer, { key: rows[at].key })); });
      E.say('draft', 'ok', E.fill(W.last_taken, rows.length, told.number));
      if (rows.length) E.focus(E.cell(rows[0].key, 'quantity'));
    }).catch(function () { E.say('draft', 'warn', W.lost); });
  }
  if (who) {
    who.addEventListener('input', function () {
      if (E.state.customer) { E.set(Object.assign({}, E.state, { customer: null }), 'customer'); drawCard(); }
    });
  }

  // -- header fields
  var fields = d.querySelectorAll('[data-head]'), marks = {};
  d.querySelectorAll('[data-mark-head]').forEach(function (mark) { marks[mark.dataset.markHead] = mark; });
  function drawHeader() {
    fields.forEach(function (field) {
      var value = E.state.header[field.dataset.head];
      if (field.type === 'checkbox') field.checked = value === true;
      else if (field !== d.activeElement || !field.dataset.dirty) field.value = value || (field.tagName === 'SELECT' ? field.options[0].value : '');
      if (marks[field.dataset.head]) E.drawMark(marks[field.dataset.head], value && E.howOf(E.state.header.from, begin.origin, field.dataset.head) || '', W[field.dataset.head], field);
    });
    if (who && d.activeElement !== who) who.value = E.state.customer ? E.state.customer.name : who.value;
  }
  d.addEventListener('input', function (e) {
    var name = e.target.dataset && e.target.dataset.head;
    if (!name || e.isComposing) return;
    delete E.faults['head.' + name];
    E.setHeader(name, e.target.type === 'checkbox' ? e.target.checked : e.target.value);
  });
  d.addEventListener('keydown', function (e) {
    if (e.key !== 'Enter' || E.composing(e) || e.ctrlKey || e.metaKey || !e.target.dataset || !e.target.dataset.head || e.target.tagName === 'TEXTAREA') return;
    e.preventDefault();
    E.focus(E.cell(E.state.rows[0].key, 'product'));
  });
  E.on(function (before, after, why) {
    if (before.header !== after.header) drawHeader();
    if (why === 'travel' && before.customer !== after.customer) {
      if (who) who.value = after.customer ? after.customer.name : '';
      if (after.customer && !after.customer.terms) load(after.customer.id); else drawCard();
    }
    if (why === 'travel') E.drawAllChecks();
    if (why === 'checks') drawHeadChecks();
    if (why === 'change') E.say('draft', 'mute', W.unsaved);
  });
  function reasonFor(name) { // saved with the order, where whoever checks it reads it
    var input = el('input', 'form-control en-why');
    input.setAttribute('aria-label', W.why);
    input.placeholder = W.why;
    input.maxLength = 300;
    input.value = (E.state.header.why || {})[name] || '';
    input.addEventListener('input', function (e) { if (!e.isComposing) { delete E.faults['head.' + name]; E.setReason(name, input.value.trim()); } });
    return input;
  }
  function drawHeadChecks() {
    var list = d.getElementById('entry-head-checks');
    if (list.contains(d.activeElement)) return; // somebody writes a reason in it
    list.textContent = '';
    fields.forEach(function (field) { field.removeAttribute('aria-invalid'); field.removeAttribute('aria-describedby'); });
    E.headChecks.concat(Object.keys(E.faults).filter(function (key) { return key.indexOf('head.') === 0; }).reduce(function (all, key) { return all.concat(E.faults[key]); }, [])).forEach(function (check, at) {
      var line = el('div', 'wb-note wb-note--' + { error: 'bad', hold: 'warn', note: 'info' }[check.level]), inner = el('div');
      line.id = 'head-msg-' + at;
      inner.appendChild(el('b', '', W[check.level] + ' '));
      inner.appendChild(d.createTextNode(check.text + ' '));
      (check.remedies || []).forEach(function (remedy) {
        var one = el('button', 'lnk', remedy.label);
        one.type = 'button';
        one.addEventListener('click', function () { E.setHeader(remedy.field, remedy.value); E.later(0); });
        inner.appendChild(one);
      });
      if (check.field === 'customer_po' && check.level !== 'note') inner.appendChild(reasonFor('customer_po'));
      line.appendChild(inner);
      list.appendChild(line);
      var field = d.querySelector('[data-head="' + check.field + '"]');
      if (field) { field.setAttribute('aria-describedby', line.id); if (check.level === 'error') field.setAttribute('aria-invalid', 'true'); }
    });
    E.tellChecks();
  }

  // -- how many errors, holds, notes; what is still to do
  var counts = {};
  d.querySelectorAll('[data-count]').forEach(function (node) { counts[node.dataset.count] = node; });
  function counted() {
    var found = { error: 0, hold: 0, note: 0, open: 0 };
    E.state.rows.forEach(function (row) {
      E.checksOf(row.key).forEach(function (check) { found[check.level] += 1; if (check.level === 'note' && !row.why) found.open += 1; });
    });
    E.headChecks.forEach(function (check) { found[check.level] += 1; });
    return found;
  }
  E.tellChecks = function () {
    var found = counted();
    ['error', 'hold', 'note'].forEach(function (level) {
      counts[level].hidden = !found[level];
      counts[level].querySelector('span').textContent = W[level] + ' ' + found[level];
    });
    E.tellMissing(E.sums());
  };
  E.tellMissing = function (sums) {
    var found = counted(), missing = [];
    if (!E.state.customer) missing.push(W.missing_customer);
    if (!sums.complete) missing.push(W.missing_rows);
    if (found.error) missing.push(E.fill(W.missing_errors, found.error));
    if (found.open) missing.push(E.fill(W.missing_notes, found.open));
    var spot = d.getElementById('entry-missing');
    spot.textContent = missing.length ? E.fill(W.missing, missing.join(', ')) : '';
  };
  function nextFault() {
    var all = Array.prototype.slice.call(d.querySelectorAll('#entry-rows input[data-level]:not([data-level=""]), [data-head][aria-invalid], #entry-customer[aria-invalid]'));
    if (!all.length) { E.say('draft', 'ok', W.no_faults); return; }
    var at = all.indexOf(d.activeElement);
    E.focus(all[(at + 1) % all.length]);
  }

  // -- sending
  var isSending = false;
  function submit(isConfirmed) {
    if (isSending) return;
    if (d.activeElement && d.activeElement.blur) { var last = d.activeElement; last.blur(); if (last.isConnected) last.focus({ preventScroll: true }); }
    isSending = true;
    E.whenFound(function () { E.rest(function () { send(isConfirmed); }); }); // the price of a row somebody has gone on from may still be on its way
  }
  function send(isConfirmed) {
    var button = d.querySelector('[data-deed="' + (isConfirmed ? 'confirm' : 'submit') + '"]'), words = button.querySelector('span');
    var slow = setTimeout(function () { words.textContent = W.sending; }, 300);
    var body = {
      token: E.token, order: begin.order, version: begin.version, customer: E.state.customer ? E.state.customer.id : null,
      header: E.state.header, rows: E.sentRows(), total: E.exact(E.sums().all)
    };
    if (isConfirmed) body.confirm = true;
    E.post(urls.submit, body).then(function (answer) {
      return answer.json().then(function (told) { return { status: answer.status, told: told }; });
    }).then(function (got) {
      if (got.told.url) { E.forgetHere(); location.assign(got.told.url); return; }
      ready();
      if (got.status === 409) conflict(got.told, isConfirmed);
      else if (got.told.faults) faults(got.told.faults);
      else say('bad', got.told.error || W.failed);
    }).catch(function () { ready(); say('warn', W.lost); E.later(0); });
    function ready() { clearTimeout(slow); words.textContent = button.dataset.words; isSending = false; E.wake(); }
  }
  function say(tone, text) {
    note.textContent = '';
    note.hidden = false;
    var line = el('div', 'wb-note wb-note--' + tone), inner = el('div', '', text);
    line.setAttribute('role', 'alert');
    line.appendChild(inner);
    note.appendChild(line);
    return inner;
  }
  function faults(found) {
    E.faults = {};
    found.forEach(function (fault) {
      var key = fault.key || 'head.' + fault.field, told = (fault.key ? E.checks[fault.key] || [] : E.headChecks).some(function (check) { return check.field === fault.field; });
      if (told) return;
      (E.faults[key] = E.faults[key] || []).push({ level: 'error', field: fault.field, text: fault.text, remedies: [] });
    });
    E.drawAllChecks();
    drawHeadChecks();
    var inner = say('bad', ''), list = el('ul', 'wb-errlist');
    inner.appendChild(el('b', '', E.fill(W.faults, found.length)));
    found.slice(0, 10).forEach(function (fault) {
      var item = el('li'), link = el('a', '', (fault.key ? E.fill(W.row, E.find(fault.key) + 1) + ': ' : '') + fault.text);
      link.href = '#';
      link.addEventListener('click', function (e) { e.preventDefault(); to(fault); });
      item.appendChild(link);
      list.appendChild(item);
    });
    inner.appendChild(list);
    to(found[0]);
  }
  function to(fault) {
    var input = fault.key ? E.cell(fault.key, fault.field) || E.cell(fault.key, 'product') : d.querySelector('[data-head="' + fault.field + '"]') || who;
    E.focus(input);
  }
  function conflict(told, isConfirmed) {
    var found = E.merge(E.state, told), inner = say('warn', ''), deeds = el('div', 'row-x mt2');
    begin.version = told.version;
    begin.rows = told.rows;
    E.step();
    E.set(found.state);
    E.step();
    E.later(0);
    inner.appendChild(el('b', '', told.conflict));
    inner.appendChild(E.conflictTable(found, E.takeStored));
    var save = el('button', 'btn btn-primary btn-sm', W.save_both), drop = el('button', 'btn btn-sm', W.reload);
    save.type = drop.type = 'button';
    save.addEventListener('click', function () { note.hidden = true; submit(isConfirmed); });
    drop.addEventListener('click', discard);
    deeds.appendChild(save);
    deeds.appendChild(drop);
    inner.appendChild(deeds);
    save.focus();
  }
  function discard() {
    E.post(urls.discard, { token: E.token }).then(function () { E.forgetHere(); location.assign(begin.order ? location.pathname : urls.new); }).catch(function () { say('warn', W.lost); });
  }

  // -- rows by key
  function here() { var key = E.here(); return key ? E.find(key) : -1; }
  function column() { return d.activeElement.dataset.field || 'product'; }
  function rowsTo(rows, at, name) {
    E.step();
    E.set(Object.assign({}, E.state, { rows: rows }));
    E.step();
    E.later(0);
    E.focus(E.cell(E.state.rows[Math.max(0, Math.min(at, E.state.rows.length - 1))].key, name));
  }
  function copyRow() {
    var at = here(), name = column(), rows = E.state.rows.slice();
    if (at < 0 || E.isBlank(rows[at])) return;
    var copy = E.with(rows[at], { key: E.newKey(), id: undefined, touched: true, why: '' });
    rows.splice(at + 1, 0, copy);
    rowsTo(rows, at + 1, name);
  }
  function moveRow(step) {
    var at = here(), name = column(), rows = E.state.rows.slice();
    if (at < 0 || at + step < 0 || at + step >= rows.length) return;
    rows.splice(at + step, 0, rows.splice(at, 1)[0]);
    rowsTo(rows, at + step, name);
  }
  function removeRow() {
    var at = here(), name = column(), rows = E.state.rows.slice();
    if (at < 0) return;
    rows.splice(at, 1);
    if (!rows.length || !E.isBlank(rows[rows.length - 1])) rows.push(E.blank());
    rowsTo(rows, at, name);
  }
  function undo(isForth) {
    var key = E.here(), name = d.activeElement.dataset.field;
    if (d.activeElement.dataset) delete d.activeElement.dataset.dirty;
    E.closeList();
    E.say('draft', 'mute', (isForth ? E.redo() : E.undo()) ? W.undone : W.nothing_to_undo);
    if (!E.state.rows.length || !E.isBlank(E.state.rows[E.state.rows.length - 1])) E.addRow();
    if (key && E.find(key) < 0) E.focus(E.cell(E.state.rows[E.state.rows.length - 1].key, name || 'product'));
  }
  d.addEventListener('keydown', function (e) {
    if (E.composing(e) || e.defaultPrevented || e.target.closest('dialog[open]')) return;
    var control = e.ctrlKey || e.metaKey, key = e.key.toLowerCase(), done = true;
    if (control && !e.altKey && e.key === 'Enter') submit(e.shiftKey);
    else if (control && !e.altKey && key === 's') { E.later(0); E.keep(); }
    else if (control && !e.altKey && key === 'd' && here() >= 0) copyRow();
    else if (control && !e.altKey && e.key === 'Delete' && here() >= 0) removeRow();
    else if (control && !e.altKey && (key === 'z' || key === 'y')) undo(key === 'y' || e.shiftKey);
    else if (e.altKey && !control && (e.key === 'ArrowUp' || e.key === 'ArrowDown') && here() >= 0) moveRow(e.key === 'ArrowUp' ? -1 : 1);
    else if (e.altKey && !control && e.code === 'KeyE') nextFault();
    else if (e.altKey && !control && e.code === 'KeyL') takeLast();
    else if (e.altKey && !control && e.code === 'KeyO') E.askOrigin();
    else if (e.altKey && !control && /^Digit[1-4]$/.test(e.code) && offered[Number(e.code.slice(5)) - 1]) takeUsual(Number(e.code.slice(5)) - 1);
    else if (e.altKey && !control && e.key === 'ArrowLeft' && d.getElementById('entry-evidence')) d.getElementById('entry-evidence').focus();
    else if (e.altKey && !control && e.key === 'ArrowRight') E.focus(E.cell(E.state.rows[0].key, 'product'));
    else done = false;
    if (done) { e.preventDefault(); e.stopPropagation(); }
  });
  d.addEventListener('click', function (e) {
    var pressed = e.target.closest('[data-deed]');
    if (!pressed) return;
    ({ submit: function () { submit(); }, confirm: function () { submit(true); }, keep: E.keep, undo: function () { undo(false); }, last: takeLast, fault: nextFault, discard: discard, usual: function () { takeUsual(Number(pressed.dataset.at)); },
      add: function () { var rows = E.state.rows; E.focus(E.cell(rows[rows.length - 1].key, 'product')); } })[pressed.dataset.deed]();
  });

  // -- the beginning
  function start() {
    var wanted = new URL(location.href).searchParams.get('draft'), all = E.keptHere();
    var kept = all.find(function (one) { return begin.order ? one.order === begin.order && (one.token === E.token || !begin.restored) : !one.order && (one.token === E.token || one.token === wanted); });
    var rows = begin.rows, header = begin.header, back = begin.restored ? new Date(begin.restored) : null;
    var isNewer = kept && kept.unsent !== false && kept.sequence >= begin.sequence && (kept.rows.length || kept.customer);
    if (isNewer) {
      E.token = kept.token;
      E.sequence = kept.sequence;
      begin.version = kept.version;
      rows = kept.rows;
      header = kept.header;
      back = new Date(kept.at);
    }
    var of = begin.customer || (isNewer && kept.customer) || null;
    if (isNewer && kept.customer && (!of || of.id !== kept.customer.id)) of = kept.customer;
    if (!header.channel && !begin.order) header = Object.assign({ channel: 'phone' }, header, { from: Object.assign({ channel: 'default' }, header.from) });
    E.state = { customer: of, header: header, rows: rows.concat([E.blank()]) };
    if (!isNewer && (begin.order || begin.restored)) E.seen();
    E.drawAll();
    drawHeader();
    if (who && of) who.value = of.name;
    if (of && of.terms) known(of); else if (of) load(of.id);
    if (!isNewer) begin.answers.forEach(function (answer) { E.answered(answer); });
    E.totals();
    E.tellChecks();
    if (begin.is_parsed && !isNewer) E.say('draft', 'ok', E.fill(W.parsed_rows, rows.length));
    else if (back) {
      var inner = say('info', E.fill(W.restored, back.toLocaleString(d.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' })) + ' ');
      var drop = el('button', 'lnk', note.dataset.discard);
      drop.type = 'button';
      drop.dataset.deed = 'discard';
      inner.appendChild(drop);
    }
    offer(all, wanted);
    if (isNewer || (rows.length && !begin.order && !begin.restored)) E.later(0);
    if (who && !of) who.focus(); else E.focus(E.cell(E.state.rows[E.state.rows.length - 1].key, 'product'));
    d.body.dataset.entry = 'ready';
  }
  function offer(all, wanted) { // drafts of this browser that the server never got
    var list = d.getElementById('entry-drafts');
    if (!list || wanted) return;
    all.filter(function (one) { return !one.order && one.token !== E.token && (one.rows.length || one.customer) && !list.querySelector('[href*="' + one.token + '"]'); }).forEach(function (one) {
      var item = el('li'), link = el('a', '', (one.customer ? one.customer.name : '—') + ' · ' + E.fill(W.row, one.rows.length) + ' · ' + new Date(one.at).toLocaleTimeString());
      link.href = urls.new + '?draft=' + one.token;
      item.appendChild(link);
      list.appendChild(item);
    });
    list.parentElement.hidden = !list.children.length;
  }
  start();
})();
