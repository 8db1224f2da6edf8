// Entering orders, part 5: rows out of a spreadsheet. One request for all of them; columns can be named otherwise and are
// remembered for the customer.
(function () {
  'use strict';
  var E = window.wbEntry, W = E.words, bar = document.getElementById('entry-paste'), text = '', before = null, busy = false;

  var ORDERS = /[\d\uff10-\uff19一二两三四五六七八九十].*[^\x00-\x7f]|[^\x00-\x7f].*[\d\uff10-\uff19一二两三四五六七八九十]|\d\s*[x*]|[x*]\s*\d/i; // a line of a chat: the server says whether it orders

  document.addEventListener('paste', function (e) {
    var field = e.target, clip = e.clipboardData && e.clipboardData.getData('text/plain');
    if (!clip || !field.closest || !field.closest('#entry-rows') || !field.dataset.field) return;
    var isOne = !/[\t\n]/.test(clip.trim());
    if (isOne && !(field.dataset.field === 'product' && ORDERS.test(clip))) return; // one value goes into its cell
    e.preventDefault();
    var key = field.closest('tr').dataset.key;
    if (clip.indexOf('\t') < 0 && field.dataset.field !== 'product') { down(clip.replace(/\s+$/, '').split(/\r?\n/), key, field.dataset.field); return; }
    text = clip;
    before = null;
    send(null, key, isOne && function () { // it was one value after all
      field.value = clip.trim();
      field.dispatchEvent(new Event('input', { bubbles: true }));
    });
  });
  function down(values, key, name) { // one column goes down from its cell, as in a sheet
    var at = E.find(key), rows = E.state.rows.slice();
    values.forEach(function (value, place) {
      var row = rows[at + place] || E.blank(), own = {}, how = {};
      own[name] = name === 'due_on' ? E.day(value.trim(), E.begin.today) : value.trim();
      how[name] = own[name] ? 'typed' : name === 'unit_price' ? 'default' : '';
      var counted = name === 'quantity' && E.counted(own[name], E.begin.units);
      if (counted) { Object.assign(own, counted); how.unit = 'typed'; }
      rows[at + place] = E.with(row, Object.assign(own, { from: Object.assign({}, row.from, how), touched: true }));
      delete E.faults[row.key];
    });
    if (!E.isBlank(rows[rows.length - 1])) rows.push(E.blank());
    delete document.activeElement.dataset.dirty;
    E.step();
    E.set(Object.assign({}, E.state, { rows: rows }));
    E.step();
    E.later(0);
    E.focus(E.cell(rows[Math.min(at + values.length, rows.length) - 1].key, name));
  }
  function send(columns, at, otherwise) {
    if (busy) return;
    busy = true;
    E.post(E.begin.urls.paste, { text: text, customer: E.state.customer ? E.state.customer.id : null, columns: columns }).then(function (answer) {
      return answer.json();
    }).then(function (told) {
      busy = false;
      if (otherwise && !told.said) { otherwise(); return; }
      if (told.error) { E.say('draft', 'bad', told.error); return; }
      put(told, at);
    }).catch(function () { busy = false; E.say('draft', 'warn', W.lost); });
  }
  function put(told, at) {
    if (before) E.undo(); // another reading of the same cells takes the place of the first
    var place = Math.max(0, E.find(at)), rows = E.state.rows.slice(), own = rows[place];
    var pasted = told.rows.map(function (row) { return Object.assign({}, row, { key: E.newKey() }); });
    rows.splice.apply(rows, [place, own && E.isBlank(own) && place < rows.length - 1 ? 1 : 0].concat(pasted));
    E.step();
    E.set(Object.assign({}, E.state, { rows: rows }));
    E.step();
    before = at;
    told.answers.forEach(function (answer, i) { E.answered(Object.assign({}, answer, { key: pasted[i].key })); });
    E.tellChecks();
    show(told, at);
    E.later(0);
    if (pasted.length) E.focus(E.cell(pasted[pasted.length - 1].key, 'quantity'));
  }
  function show(told, at) {
    bar.textContent = '';
    var words = document.createElement('b');
    words.setAttribute('role', 'status');
    words.textContent = E.fill(W.pasted, told.rows.length) + (told.left_out ? ' · ' + E.fill(W.left_out, told.left_out) : '');
    bar.appendChild(words);
    told.columns.forEach(function (column, place) {
      var label = document.createElement('label'), choice = document.createElement('select');
      label.className = 'row-x row-x--tight row-x--no fs1';
      label.appendChild(document.createTextNode(E.fill(W.column, column.heading || place + 1) + ' '));
      choice.className = 'form-select en-pick';
      [['', W.skip]].concat(told.fields).forEach(function (field) {
        var option = document.createElement('option');
        option.value = field[0];
        option.textContent = field[1];
        option.selected = field[0] === column.field;
        choice.appendChild(option);
      });
      choice.dataset.column = place;
      label.appendChild(choice);
      bar.appendChild(label);
    });
    var shut = document.createElement('button');
    shut.type = 'button';
    shut.className = 'btn btn-sm';
    shut.textContent = 'OK';
    shut.addEventListener('click', function () { bar.hidden = true; before = null; });
    bar.appendChild(shut);
    bar.dataset.at = at;
    bar.hidden = false;
  }
  bar.addEventListener('change', function () {
    var columns = {};
    bar.querySelectorAll('select').forEach(function (choice) { if (choice.value && !(choice.value in columns)) columns[choice.value] = Number(choice.dataset.column); });
    send(columns, bar.dataset.at);
  });
})();
