// Entering orders, part 4: the list under the cursor, for customers and products. What was asked once is not asked again;
// what this customer usually buys is known without asking. Enter takes, Escape keeps what was typed.
(function () {
  'use strict';
  var E = window.wbEntry, W = E.words, urls = E.begin.urls;
  var list = document.getElementById('entry-list'), box = document.getElementById('entry-hits');
  var who = document.getElementById('entry-customer'), open = null, timer = 0, asked = {}, turn = 0;
  var coming = 0, waiting = []; // answers somebody has gone on before, and what is to be done once all are there
  var PAUSE = 150, LONGER = 700;

  function kindOf(field) { return field === who ? 'customer' : field.dataset && field.dataset.field === 'product' ? 'product' : ''; }
  function close() {
    clearTimeout(timer);
    turn += 1;
    if (!open) return;
    open.field.setAttribute('aria-expanded', 'false');
    open.field.removeAttribute('aria-activedescendant');
    open = null;
    list.hidden = true;
  }
  E.closeList = close;
  function choose(at) {
    open.at = at;
    Array.prototype.forEach.call(box.children, function (item, place) {
      item.setAttribute('aria-selected', String(place === at));
      if (place === at) { open.field.setAttribute('aria-activedescendant', item.id); item.scrollIntoView({ block: 'nearest' }); }
    });
  }
  function part(text, name) {
    var span = document.createElement('span');
    span.textContent = text;
    span.className = name;
    return span;
  }
  function draw(field, hits, kind) {
    var chosen = open && open.field === field && open.at > 0 && open.hits[open.at] ? open.hits[open.at].code : '';
    box.textContent = '';
    if (!hits.length) { close(); return; }
    list.classList.toggle('en-list--who', kind === 'customer');
    hits.forEach(function (hit, at) {
      var item = document.createElement('li');
      item.id = 'en-hit-' + at;
      item.setAttribute('role', 'option');
      item.appendChild(part(hit.code, 'code clip'));
      item.appendChild(part(hit.name + (hit.spec ? ' ' + hit.spec : ''), 'clip'));
      if (kind === 'customer') item.appendChild(part(hit.city, 't3 clip'));
      else {
        item.appendChild(part(hit.gone ? W.gone : hit.price, hit.gone ? 'bad' : 'num'));
        item.appendChild(part(hit.part || hit.unit, 't3 clip'));
      }
      box.appendChild(item);
    });
    open = { field: field, hits: hits, kind: kind, at: 0 };
    list.hidden = false;
    place(field);
    box.setAttribute('aria-label', field.getAttribute('aria-label') || field.labels && field.labels[0] && field.labels[0].textContent || '');
    field.setAttribute('aria-expanded', 'true');
    choose(Math.max(0, hits.findIndex(function (hit) { return chosen && hit.code === chosen; })));
  }
  function place(field) { // seen whole: below the cell, above it where there is no room
    var spot = field.getBoundingClientRect(), height = list.offsetHeight;
    list.style.left = Math.max(8, Math.min(spot.left, window.innerWidth - list.offsetWidth - 8)) + 'px';
    list.style.top = (spot.bottom + height > window.innerHeight - 8 ? Math.max(8, spot.top - height) : spot.bottom) + 'px';
  }
  box.addEventListener('mousedown', function (e) {
    var item = e.target.closest('li');
    e.preventDefault();
    if (item && open) { choose(Array.prototype.indexOf.call(box.children, item)); take(); }
  });

  // -- asking
  function usual(text) {
    var words = text.toLowerCase(), of = E.state.customer;
    if (!of || !of.products) return [];
    return of.products.filter(function (hit) {
      return [hit.code, hit.initials, hit.part].some(function (key) { return key && key.toLowerCase().indexOf(words) === 0; }) || hit.name.toLowerCase().indexOf(words) >= 0;
    }).slice(0, 8);
  }
  function customerId() { return E.state.customer ? E.state.customer.id : ''; }
  // whoever pressed Enter has gone on: then the answer counts wherever the cursor is now
  function ask(field, kind, then, hasGoneOn) {
    var text = field.value.trim(), mine = hasGoneOn ? 0 : (turn += 1);
    var url = (kind === 'customer' ? urls.customers : urls.products) + '?q=' + encodeURIComponent(text) + (kind === 'customer' ? '' : '&customer=' + customerId());
    if (asked[url]) { then(asked[url]); return; }
    if (hasGoneOn) coming += 1;
    fetch(url, { headers: { Accept: 'application/json' } }).then(function (answer) {
      if (!answer.ok) throw new Error('refused');
      return answer.json();
    }).then(function (told) {
      asked[url] = told.hits;
      if (field.value.trim() !== text) return;
      if (hasGoneOn || mine === turn && document.activeElement === field) then(told.hits);
    }).catch(function () { if (hasGoneOn || mine === turn) { close(); E.say('draft', 'warn', W.lost); } }).then(function () {
      if (hasGoneOn) coming -= 1;
      if (!coming) waiting.splice(0).forEach(function (deed) { deed(); });
    });
  }
  E.whenFound = function (deed) { if (coming) waiting.push(deed); else deed(); };
  function search(field, kind) {
    clearTimeout(timer);
    var text = field.value.trim();
    if (!text) { close(); return; }
    var near = kind === 'product' ? usual(text) : [];
    if (near.length) draw(field, near, kind); else if (open) close();
    timer = setTimeout(function () {
      timer = 0;
      ask(field, kind, function (hits) {
        var codes = near.map(function (hit) { return hit.code; });
        draw(field, near.concat(hits.filter(function (hit) { return codes.indexOf(hit.code) < 0; })), kind);
      });
    }, near.length ? LONGER : PAUSE);
  }
  document.addEventListener('input', function (e) {
    var kind = kindOf(e.target);
    if (!kind || e.isComposing) return;
    search(e.target, kind);
  });
  document.addEventListener('compositionend', function (e) {
    var kind = kindOf(e.target);
    if (kind) search(e.target, kind);
  });
  document.addEventListener('focusout', function (e) { if (kindOf(e.target)) close(); });
  document.addEventListener('scroll', function (e) { if (open && !list.contains(e.target)) place(open.field); }, true);
  document.addEventListener('keydown', function (e) {
    var kind = kindOf(e.target);
    if (!kind || E.composing(e) || e.ctrlKey || e.metaKey || e.altKey) return;
    if (!open || open.field !== e.target) {
      // Enter before the answer: go on at once, the first hit is taken when it comes
      var text = e.target.value.trim(), row = kind === 'product' && E.state.rows[E.find(e.target.closest('tr').dataset.key)];
      var isWaiting = text && (kind === 'customer' ? !E.state.customer || E.state.customer.name !== text : row && !row.known);
      if (e.key === 'Enter' && isWaiting) {
        e.preventDefault();
        e.stopPropagation();
        goOn(e.target, kind, row);
      } else if (e.key === 'Enter' && kind === 'customer') { e.preventDefault(); if (E.state.customer) E.focus(E.cell(E.state.rows[0].key, 'product')); }
      return;
    }
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      e.stopPropagation();
      choose((open.at + (e.key === 'ArrowDown' ? 1 : -1) + open.hits.length) % open.hits.length);
    } else if (e.key === 'Enter' || e.key === 'Tab') {
      e.preventDefault();
      e.stopPropagation();
      take();
    } else if (e.key === 'Escape') {
      e.preventDefault();
      e.stopPropagation();
      close();
    }
  }, true);

  // -- taking
  function goOn(field, kind, row) {
    clearTimeout(timer);
    ask(field, kind, function (hits) {
      if (kind === 'customer') { if (hits.length) E.takeCustomer(hits[0], true); else { E.focus(field); E.say('draft', 'warn', W.nothing); } return; }
      if (hits.length) takeProduct(row.key, hits[0]); else E.later(0);
    }, true);
    if (kind === 'customer') E.focus(E.cell(E.state.rows[0].key, 'product')); else E.focus(E.cell(row.key, 'quantity'));
  }
  function take() {
    var hit = open.hits[open.at], field = open.field, kind = open.kind;
    close();
    if (kind === 'customer') { E.takeCustomer(hit); return; }
    var key = field.closest('tr').dataset.key;
    delete field.dataset.dirty;
    field.value = hit.code;
    takeProduct(key, hit);
    E.focus(E.cell(key, 'quantity'));
  }
  E.takeProduct = takeProduct;
  function takeProduct(key, hit) {
    var row = E.state.rows[E.find(key)];
    if (!row || row.known) return;
    var isPriced = row.from.unit_price && row.from.unit_price !== 'default' && row.unit_price;
    E.step();
    var values = {
      product: hit.code, product_name: hit.name, spec: hit.spec, unit: (row.from.unit === 'parsed' || row.from.unit === 'typed') && row.unit || hit.unit, tax_rate: hit.tax_rate, known: true,
      customer_part_number: row.from.customer_part_number === 'parsed' && row.customer_part_number || hit.part || '', unit_price: isPriced ? row.unit_price : hit.price, reason: isPriced ? '' : hit.reason
    };
    E.setRow(key, values, Object.assign(E.fromProduct(row, values), { product: 'typed', unit_price: isPriced ? row.from.unit_price : hit.price ? 'default' : '' }));
    E.step();
  }
})();
