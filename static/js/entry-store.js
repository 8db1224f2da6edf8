// Entering orders, part 2: what the page holds. Rows are never changed in place, so going back is going to an older state;
// a change is what is not the same object as at the last answer of the server. Journal: here at once, on the server soon.
(function () {
  'use strict';
  var E = window.wbEntry, begin = JSON.parse(document.getElementById('entry-begin').textContent);
  var PAUSE = 2000, QUIET = 1200, FEW = 300, MOST_STEPS = 300, KEPT_DAYS = 14;
  E.begin = begin;
  E.words = begin.words;
  E.token = begin.token;
  E.state = { customer: null, header: {}, rows: [] };
  E.checks = {};
  E.faults = {};
  E.headChecks = [];
  E.gross = begin.gross;
  E.currency = begin.currency;
  var past = [], future = [], lastTag = '', listeners = [], serial = 0;

  E.on = function (listener) { listeners.push(listener); };
  function tell(before, why) { listeners.forEach(function (listener) { listener(before, E.state, why); }); }
  // how a value came: what was done to it here, else what its place tells of a saved one
  E.howOf = function (from, origin, name) { return from && from[name] !== undefined ? from[name] : origin && origin[name] && origin[name].how || ''; };
  E.newKey = function () { serial += 1; return 'n' + Date.now().toString(36) + serial.toString(36); };
  E.isBlank = function (row) { return !row.product && !row.product_name && !row.quantity && !row.unit_price; };
  E.blank = function () { return { key: E.newKey(), from: {} }; };
  E.with = function (row, values) { return Object.assign({}, row, values); };
  E.find = function (key) { return E.state.rows.findIndex(function (row) { return row.key === key; }); };

  // one step of the history; the same tag twice in a row is one step (typing in one cell)
  E.set = function (next, tag) {
    var before = E.state;
    if (!(tag && tag === lastTag)) { past.push(before); if (past.length > MOST_STEPS) past.shift(); }
    lastTag = tag || '';
    future = [];
    E.state = next;
    tell(before, 'change');
    keepHere();
    E.later(QUIET);
  };
  E.step = function () { lastTag = ''; };
  E.setRow = function (key, values, sources, tag) {
    var at = E.find(key);
    if (at < 0) return;
    var row = E.state.rows[at], rows = E.state.rows.slice();
    rows[at] = E.with(row, Object.assign({}, values, { from: Object.assign({}, row.from, sources), touched: true }));
    E.set(Object.assign({}, E.state, { rows: rows }), tag);
  };
  E.setHeader = function (name, value) {
    var header = Object.assign({}, E.state.header), how = {};
    how[name] = value ? 'typed' : '';
    header[name] = value;
    header.from = Object.assign({}, header.from, how);
    if (header.why && header.why[name]) { header.why = Object.assign({}, header.why); delete header.why[name]; }
    E.set(Object.assign({}, E.state, { header: header }), 'header.' + name);
  };
  E.setReason = function (name, text) {
    var why = Object.assign({}, E.state.header.why);
    why[name] = text;
    E.set(Object.assign({}, E.state, { header: Object.assign({}, E.state.header, { why: why }) }), 'why.' + name);
  };
  // what the server adds to a row is no step of the person's
  E.fillRow = function (key, values) {
    var at = E.find(key), before = E.state;
    if (at < 0) return null;
    var rows = before.rows.slice();
    rows[at] = E.with(rows[at], values);
    E.state = Object.assign({}, before, { rows: rows });
    tell(before, 'fill');
    return rows[at];
  };
  function travel(from, to) {
    if (!from.length) return false;
    var before = E.state;
    to.push(before);
    E.state = from.pop();
    lastTag = '';
    tell(before, 'travel');
    keepHere();
    E.later(QUIET);
    return true;
  }
  E.undo = function () { return travel(past, future); };
  E.redo = function () { return travel(future, past); };
  E.hasChanges = function () { return past.length > 0 || begin.restored !== ''; };

  // -- totals
  E.sums = function () {
    var sums = { net: 0n, tax: 0n, all: 0n, rows: 0, complete: 0 };
    E.state.rows.forEach(function (row) {
      if (E.isBlank(row)) return;
      sums.rows += 1;
      var own = E.amounts(row, E.gross, E.currency);
      if (!own) return;
      sums.complete += 1; sums.net += own.net; sums.tax += own.tax; sums.all += own.all;
    });
    return sums;
  };

  // -- the journal in this browser
  var place = 'wb-entry:' + begin.person + ':', hereTimer = 0;
  E.sequence = begin.sequence;
  function writeHere(isUnsent) {
    try {
      localStorage.setItem(place + E.token, JSON.stringify({
        at: Date.now(), sequence: E.sequence, unsent: isUnsent, order: begin.order, version: begin.version,
        customer: E.state.customer && { id: E.state.customer.id, name: E.state.customer.name },
        header: E.state.header, rows: E.state.rows.filter(function (row) { return !E.isBlank(row); })
      }));
    } catch (e) { /* full or forbidden: the server keeps it */ }
  }
  function keepHere() {
    clearTimeout(hereTimer);
    hereTimer = setTimeout(function () { writeHere(true); }, FEW);
  }
  E.forgetHere = function () {
    clearTimeout(hereTimer);
    clearTimeout(timer);
    isOver = true;
    try { localStorage.removeItem(place + E.token); } catch (e) { /* forbidden */ }
  };
  E.keptHere = function () {
    var found = [];
    try {
      for (var i = 0; i < localStorage.length; i += 1) {
        var key = localStorage.key(i);
        if (key.indexOf(place) !== 0) continue;
        var kept = JSON.parse(localStorage.getItem(key));
        if (Date.now() - kept.at > KEPT_DAYS * 86400000) { localStorage.removeItem(key); i -= 1; continue; }
        kept.token = key.slice(place.length);
        found.push(kept);
      }
    } catch (e) { /* forbidden or not ours */ }
    return found;
  };
  window.addEventListener('pagehide', function () { if (!isOver && isDirty()) writeHere(true); });

  // -- the journal on the server: only what changed travels, and prices and checks of it come back
  var acked = { keys: '', byKey: {}, header: null, customer: 0 }, timer = 0, dueAt = 0, lastSent = 0, isSending = false, isOver = false;
  var isHeld = false, resting = null; // while the order itself travels, the journal rests: a late draft would outlive it
  E.rest = function (deed) { isHeld = true; if (isSending) resting = deed; else deed(); };
  E.wake = function () { isHeld = false; E.later(0); };
  function settled() { var deed = resting; resting = null; if (deed) deed(); }
  E.seen = function () { // the server knows all of this already
    acked = snapshot();
  };
  function filled() { return E.state.rows.filter(function (row) { return !E.isBlank(row); }); }
  function snapshot() {
    var byKey = {}, rows = filled();
    rows.forEach(function (row) { byKey[row.key] = row; });
    return { keys: rows.map(function (row) { return row.key; }).join(' '), byKey: byKey, header: E.state.header, customer: E.state.customer ? E.state.customer.id : 0 };
  }
  function isDirty() { return Boolean(patch(snapshot())); }
  function patch(now) {
    var rows = [], isOther = now.customer !== acked.customer;
    Object.keys(now.byKey).forEach(function (key) { if (isOther || acked.byKey[key] !== now.byKey[key]) rows.push(sent(now.byKey[key])); });
    Object.keys(acked.byKey).forEach(function (key) { if (!now.byKey[key]) rows.push({ key: key, gone: true }); });
    var isMoved = now.keys !== acked.keys, isHeader = now.header !== acked.header;
    if (!rows.length && !isMoved && !isHeader && !isOther) return null;
    return { rows: rows, keys: isMoved ? now.keys.split(' ').filter(Boolean) : null, header: isHeader ? now.header : null };
  }
  var fields = ['product', 'product_name', 'spec', 'customer_part_number', 'quantity', 'unit', 'unit_price', 'percent', 'tax_rate', 'due_on', 'remarks', 'why'];
  function sent(row) {
    var out = { key: row.key, from: row.from }, known = acked.byKey[row.key];
    if (row.origin && !(known && known.origin === row.origin)) out.origin = row.origin;
    if (row.id) out.id = row.id;
    if (row.touched) out.touched = true;
    fields.forEach(function (name) { if (row[name]) out[name] = row[name]; });
    return out;
  }
  E.sentRows = function () { return filled().map(sent); };
  E.later = function (wait) {
    if (isOver) return;
    var at = Math.max(Date.now() + wait, lastSent + PAUSE);
    if (timer && dueAt <= at) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(E.keep, Math.max(0, at - Date.now()));
  };
  E.post = function (url, body) {
    var secret = document.querySelector('[name=csrfmiddlewaretoken]').value;
    return fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': secret }, body: JSON.stringify(body) });
  };
  E.keep = function () {
    clearTimeout(timer);
    timer = 0;
    if (isSending || isOver || isHeld) return;
    var now = snapshot(), change = patch(now);
    if (!change) return;
    isSending = true;
    lastSent = Date.now();
    E.sequence += 1;
    var body = Object.assign(change, {
      token: E.token, sequence: E.sequence, customer: now.customer || null, order: begin.order, request: begin.request,
      version: begin.version, total: E.exact(E.sums().all), whole: !acked.keys && !acked.header
    });
    E.post(begin.urls.keep, body).then(function (answer) {
      return answer.json().then(function (told) { return { status: answer.status, told: told }; });
    }).then(function (got) {
      isSending = false;
      if (got.status !== 200) { E.say('draft', 'bad', got.told.error || E.words.failed); return; }
      if (!got.told.taken) {
        if (got.told.sequence > E.sequence) E.say('draft', 'warn', E.words.elsewhere);
        return;
      }
      acked = now;
      E.headChecks = got.told.header;
      got.told.rows.forEach(function (told) { E.answered(told, now.byKey[told.key]); });
      writeHere(isDirty());
      name();
      E.say('draft', 'ok', E.fill(E.words.saved, clock()));
      tell(E.state, 'checks');
      if (isDirty()) E.later(QUIET);
    }).catch(function () {
      isSending = false;
      writeHere(true);
      E.say('draft', 'warn', E.fill(E.words.local, clock()));
      timer = 0;
      lastSent = Date.now() + 3000; // once more in a while, and when the network says it is back
      E.later(QUIET);
    }).then(settled);
  };
  window.addEventListener('online', function () { lastSent = 0; E.later(0); });
  function clock() { return new Date().toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }); }
  function name() { // a reload comes back to this draft
    var here = new URL(location.href);
    if (here.searchParams.get('draft') === E.token) return;
    here.searchParams.set('draft', E.token);
    history.replaceState(null, '', here);
  }

  // what came with the product is a default of it, unless somebody or something said it
  E.fromProduct = function (row, values) {
    var from = Object.assign({}, row.from);
    ['product_name', 'unit', 'customer_part_number'].forEach(function (name) {
      if (values[name] && (!from[name] || values[name] !== row[name])) from[name] = 'default';
    });
    return from;
  };
  // what the server says about a row: applied only while the row is still the one it speaks of
  E.answered = function (told, about) {
    var at = E.find(told.key), row = at < 0 ? null : E.state.rows[at];
    if (!row || (about && row !== about)) return;
    E.checks[told.key] = told.checks;
    var values = {}, typed = row, isCounted = told.quantity !== undefined && told.quantity !== row.quantity;
    if (isCounted) row = E.with(row, { quantity: told.quantity, unit: told.unit, from: Object.assign({}, row.from, { unit: 'typed' }) }); // 两箱: the page could not tell them apart
    if (told.product) {
      var isOther = told.checks.some(function (check) { return check.field === 'unit'; }); // what the customer counts in stays until it is settled
      if (!row.id || row.product !== told.product.code) values = { product: told.product.code, product_name: told.product.name, spec: told.product.spec, unit: isOther ? row.unit : told.product.unit, tax_rate: row.tax_rate || told.product.tax_rate };
      if (told.product.part && !row.customer_part_number) values.customer_part_number = told.product.part;
      values.known = true;
      values.from = E.fromProduct(row, values);
    }
    if (told.unit_price !== undefined && (!row.unit_price || row.from.unit_price === 'default') && !(row.id && row.unit_price)) {
      values.unit_price = told.unit_price;
      values.reason = told.reason;
      values.from = Object.assign({}, values.from || row.from, { unit_price: 'default' });
    }
    if (isCounted) values = Object.assign({ quantity: row.quantity, unit: row.unit, from: row.from }, values);
    var filledIn = Object.keys(values).some(function (key) { return key === 'from' ? false : typed[key] !== values[key]; }) ? E.fillRow(told.key, values) : typed;
    if (acked.byKey[told.key] === typed) acked.byKey[told.key] = filledIn;
    E.drawChecks(told.key);
  };
  E.say = function (place, tone, text) {
    var spot = document.querySelector('[data-say="' + place + '"]');
    if (!spot) return;
    spot.dataset.tone = tone;
    spot.querySelector('span').textContent = text;
  };
})();
