// Entering orders, part 6: somebody else saved the order meanwhile. What only they changed comes in, what this person
// changed stays, and a table says field by field where the two differ; nothing is sent before it was looked at.
(function () {
  'use strict';
  var E = window.wbEntry, W = E.words;
  var FIELDS = ['product', 'product_name', 'customer_part_number', 'quantity', 'unit_price', 'percent', 'due_on', 'remarks'];
  var OF_PRODUCT = ['spec', 'unit', 'tax_rate'];
  var HEAD = ['customer_po', 'requested_on', 'promised_on', 'channel', 'is_urgent', 'remarks'];

  function isMine(row, name) { return Boolean(row.touched && row.from && name in row.from); }
  function told(value) { return value === true ? '✓' : value || '—'; }

  // {state, mine: [{words, stored, typed, key, field}], theirs: [{words, before, stored}]}
  E.merge = function (state, stored) {
    var found = { mine: [], theirs: [] }, byId = {}, rows = [], kept = [];
    state.rows.forEach(function (row) { if (row.id) byId[row.id] = row; });
    var known = {}; // rows the page began with: one of them that is missing now was removed here
    E.begin.rows.forEach(function (row) { if (row.id) known[row.id] = true; });
    stored.rows.forEach(function (own, at) {
      var row = byId[own.id], place = E.fill(W.row, at + 1) + ' ';
      delete byId[own.id];
      if (row) rows.push(both(row, own, place, found));
      else if (known[own.id]) found.mine.push({ words: place + own.product_name, stored: told(own.quantity), typed: '—', row: own });
      else { rows.push(Object.assign({}, own)); found.theirs.push({ words: place + own.product_name, before: '—', stored: told(own.quantity) }); }
    });
    state.rows.forEach(function (row) {
      if (E.isBlank(row) || (row.id && !byId[row.id])) return;
      if (!row.id) { kept.push(row); return; }
      if (!row.touched) { found.theirs.push({ words: row.product_name, before: told(row.quantity), stored: '—' }); return; }
      var again = E.with(row, { key: E.newKey(), id: undefined });
      kept.push(again);
      found.mine.push({ words: row.product_name, stored: '—', typed: told(row.quantity), key: again.key });
    });
    return Object.assign(found, { state: Object.assign({}, state, { header: head(state.header, stored.header, found), rows: rows.concat(kept, [E.blank()]) }) });
  };
  function both(row, own, place, found) {
    var values = {}, isProductMine = isMine(row, 'product') && row.product !== own.product;
    FIELDS.forEach(function (name) {
      var typed = row[name] || '', there = own[name] || '';
      if (typed === there) return;
      if (isMine(row, name)) found.mine.push({ words: place + W[name], stored: told(there), typed: told(typed), key: row.key, field: name, value: there });
      else if (!(isProductMine && (name === 'product_name' || name === 'unit_price'))) {
        values[name] = there;
        found.theirs.push({ words: place + W[name], before: told(typed), stored: told(there) });
      }
    });
    if (!isProductMine) OF_PRODUCT.forEach(function (name) { values[name] = own[name]; });
    return E.with(row, values);
  }
  function head(header, there, found) {
    var values = {}, from = header.from || {};
    HEAD.forEach(function (name) {
      if ((header[name] || '') === (there[name] || '')) return;
      var row = { words: W[name], stored: told(there[name]), typed: told(header[name]), field: name, value: there[name] || '', isHead: true };
      if (from[name] === 'typed' || from[name] === '') found.mine.push(row);
      else { values[name] = there[name]; found.theirs.push({ words: row.words, before: row.typed, stored: row.stored }); }
    });
    return Object.assign({}, header, values);
  }

  // a row of the table: field, saved now, typed by this person, and a button that takes the saved one
  E.conflictTable = function (found, undone) {
    var table = document.createElement('table'), line = table.createTHead().insertRow(), body = table.createTBody();
    table.className = 'wb-mini-t';
    [W.field, W.stored, W.mine, ''].forEach(function (words) { var th = document.createElement('th'); th.scope = 'col'; th.textContent = words; line.appendChild(th); });
    found.mine.forEach(function (one) {
      var cells = row(body, one.words, one.stored, one.typed), take = document.createElement('button');
      take.type = 'button';
      take.className = 'btn btn-sm';
      take.textContent = W.take_stored;
      take.setAttribute('aria-label', W.take_stored + ': ' + one.words);
      take.addEventListener('click', function () { undone(one); take.replaceWith(document.createTextNode(W.taken)); });
      cells.appendChild(take);
    });
    found.theirs.forEach(function (one) { row(body, one.words, one.stored, one.before).textContent = W.taken; });
    return table;
  };
  function row(body, words, stored, typed) {
    var line = body.insertRow(), th = document.createElement('th');
    th.scope = 'row';
    th.textContent = words;
    line.appendChild(th);
    line.insertCell().textContent = stored;
    line.insertCell().textContent = typed;
    return line.insertCell();
  }
  E.takeStored = function (one) {
    var values = {}, how = {}, rows;
    E.step();
    if (one.isHead) E.setHeader(one.field, one.value);
    else if (one.field) { values[one.field] = one.value; how[one.field] = ''; E.setRow(one.key, values, how); }
    else {
      rows = E.state.rows.filter(function (each) { return each.key !== one.key; });
      if (one.row) rows.splice(-1, 0, Object.assign({}, one.row));
      E.set(Object.assign({}, E.state, { rows: rows }));
    }
    E.step();
    E.later(0);
  };
})();
