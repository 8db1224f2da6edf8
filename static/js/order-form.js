// Writing an order faster: suggestions, totals while typing, rows by key. Without this file the form works all the same.
// Totals are counted in whole hundred-millionths with BigInt, rounded as the server rounds; the server's count is what is kept.
(function () {
  'use strict';
  var form = document.querySelector('[data-order-form]');
  if (!form) return;
  var body = form.querySelector('[data-rows]');
  var blank = form.querySelector('[data-blank-row]');
  var count = form.querySelector('[name="rows-TOTAL_FORMS"]');
  var say = form.dataset;

  function composing(e) { return e.isComposing || e.keyCode === 229; }
  function part(row, name) { return row.querySelector('[name$="-' + name + '"]'); }
  function lines() { return Array.prototype.slice.call(body.querySelectorAll('tr[data-line]')); }

  // -- numbers: text -> BigInt scaled by 10^places, or null
  function plain(text) {
    return String(text).replace(/[\uff01-\uff5e]/g, function (sign) { return String.fromCharCode(sign.charCodeAt(0) - 0xfee0); })
      .replace(/[\s¥￥$€£,]/g, '').replace('\u2212', '-');
  }
  function scaled(text, places) {
    var found = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(plain(text));
    if (!found || !(found[2] || found[3])) return null;
    var digits = (found[3] || '').slice(0, places);
    while (digits.length < places) digits += '0';
    var number = BigInt((found[2] || '0') + digits);
    return found[1] === '-' ? -number : number;
  }
  function rounded(number, divisor) {
    var negative = number < 0n, whole = negative ? -number : number;
    whole = (whole * 2n + divisor) / (divisor * 2n);
    return negative ? -whole : whole;
  }
  function words(cents) {
    var negative = cents < 0n, text = String(negative ? -cents : cents).padStart(3, '0');
    return (negative ? '\u2212' : '') + text.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',') + '.' + text.slice(-2);
  }
  function rate(row) {
    var value = part(row, 'tax_rate').value;
    return /^\d+$/.test(value) ? BigInt(value) : 0n;
  }
  function amounts(row, gross) {
    var quantity = scaled(part(row, 'quantity').value, 4), price = scaled(part(row, 'unit_price').value, 6);
    var percent = scaled(part(row, 'percent').value || '0', 4);
    if (quantity === null || price === null || percent === null || part(row, 'DELETE').checked) return null;
    var exact = rounded(quantity * price * (1000000n - percent), 10n ** 14n), tax = rate(row);
    if (gross) { var net = rounded(exact * 100n, 100n + tax); return { net: net, tax: exact - net, all: exact }; }
    var added = rounded(exact * tax, 100n);
    return { net: exact, tax: added, all: exact + added };
  }
  function total() {
    var basis = form.querySelector('[name="price_basis"]');
    var gross = !basis || basis.value !== 'no';
    var net = 0n, tax = 0n, all = 0n, rows = 0;
    lines().forEach(function (row) {
      var own = amounts(row, gross);
      row.querySelector('[data-amount]').textContent = own ? words(own.all) : '';
      row.classList.toggle('is-gone', part(row, 'DELETE').checked);
      if (!own) return;
      net += own.net; tax += own.tax; all += own.all; rows++;
    });
    var show = { count: String(rows), net: words(net), tax: words(tax), total: words(all) };
    Object.keys(show).forEach(function (key) { form.querySelector('[data-sum-' + key + ']').textContent = show[key]; });
  }
  form.addEventListener('input', total);
  form.addEventListener('change', total);

  // -- rows
  function addRow() {
    var place = Number(count.value);
    var shell = document.createElement('tbody');
    shell.innerHTML = blank.innerHTML.replace(/__prefix__/g, String(place)).replace(/__row__/g, String(place + 1));
    var row = shell.firstElementChild;
    row.querySelector('[data-place]').textContent = String(place + 1);
    body.appendChild(row);
    count.value = String(place + 1);
    return row;
  }
  form.addEventListener('click', function (e) {
    var adder = e.target.closest('[data-add-row]');
    if (!adder) return;
    e.preventDefault();
    part(addRow(), 'product').focus();
  });
  body.addEventListener('keydown', function (e) {
    if (composing(e) || e.defaultPrevented) return;
    var field = e.target, row = field.closest('tr[data-line]');
    if (!row && e.key === 'Enter' && !e.ctrlKey && !e.metaKey) e.preventDefault(); // the reason of a row sends nothing
    if (!row || e.ctrlKey || e.metaKey || e.altKey) return;
    var to = null, all = lines();
    if ((e.key === 'ArrowDown' || e.key === 'ArrowUp') && field.tagName === 'INPUT' && field.type !== 'date') {
      var other = all[all.indexOf(row) + (e.key === 'ArrowDown' ? 1 : -1)];
      to = other && part(other, field.name.split('-').pop());
    } else if (e.key === 'Enter') {
      var fields = Array.prototype.slice.call(row.querySelectorAll('input:not([type=hidden]):not([type=checkbox]), select'));
      to = fields[fields.indexOf(field) + 1];
      if (!to) to = part(all[all.indexOf(row) + 1] || addRow(), 'product');
    }
    if (!to) { if (e.key === 'Enter') e.preventDefault(); return; }
    e.preventDefault();
    to.focus();
    if (to.select) to.select();
  });
  form.addEventListener('keydown', function (e) {
    if (composing(e)) return;
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      form.requestSubmit(form.querySelector('.or-total button.btn-primary, .or-total button[name=over]'));
    }
  });

  // -- suggestions: a list under a field; arrows choose, Enter takes, Escape keeps what was typed
  var list = document.createElement('div'), asking = 0, open = null;
  list.className = 'wb-suggest';
  list.hidden = true;
  list.innerHTML = '<ul id="or-hits" role="listbox"></ul>';
  form.appendChild(list);
  var box = list.firstElementChild;

  function close() {
    if (!open) return;
    open.field.setAttribute('aria-expanded', 'false');
    open.field.removeAttribute('aria-activedescendant');
    open = null;
    list.hidden = true;
  }
  function choose(place) {
    open.at = place;
    Array.prototype.forEach.call(box.children, function (item, at) {
      item.setAttribute('aria-selected', String(at === place));
      if (at === place) { open.field.setAttribute('aria-activedescendant', item.id); item.scrollIntoView({ block: 'nearest' }); }
    });
  }
  function cell(text, name) {
    var span = document.createElement('span');
    span.textContent = text;
    span.className = name;
    return span;
  }
  function draw(field, hits, kind) {
    box.textContent = '';
    if (!hits.length) { close(); return; }
    list.classList.toggle('wb-suggest--wide', kind === 'customer');
    hits.forEach(function (hit, at) {
      var item = document.createElement('li');
      item.id = 'or-hit-' + at;
      item.setAttribute('role', 'option');
      item.appendChild(cell(hit.code, 'code clip'));
      item.appendChild(cell(hit.name + (hit.spec ? ' ' + hit.spec : ''), 'clip'));
      item.appendChild(cell(kind === 'customer' ? hit.city : hit.price, kind === 'customer' ? 't3 clip' : 'num'));
      item.addEventListener('mousedown', function (e) { e.preventDefault(); take(at); });
      box.appendChild(item);
    });
    var place = field.getBoundingClientRect();
    list.style.left = Math.max(8, Math.min(place.left, window.innerWidth - 580)) + 'px';
    list.style.top = place.bottom + 'px';
    list.hidden = false;
    if (place.bottom + list.offsetHeight > window.innerHeight - 8) list.style.top = Math.max(8, place.top - list.offsetHeight) + 'px';
    open = { field: field, hits: hits, kind: kind, at: -1 };
    box.setAttribute('aria-label', field.getAttribute('aria-label') || '');
    field.setAttribute('aria-expanded', 'true');
    choose(0);
  }
  function take(at) {
    var hit = open.hits[at], field = open.field, kind = open.kind;
    close();
    if (kind === 'customer') { takeCustomer(field, hit); return; }
    var row = field.closest('tr[data-line]');
    field.value = hit.code;
    field.dataset.taken = hit.code;
    part(row, 'product_name').value = hit.name;
    part(row, 'unit').value = hit.unit;
    part(row, 'unit_price').value = hit.price;
    part(row, 'unit_price').title = hit.reason;
    part(row, 'tax_rate').value = hit.tax_rate;
    total();
    part(row, 'quantity').focus();
    part(row, 'quantity').select();
  }
  function takeCustomer(field, hit) {
    field.value = hit.name;
    form.querySelector('[name="customer_id"]').value = hit.id;
    showCard(hit.id);
    part(lines()[0] || addRow(), 'product').focus();
  }
  function showCard(id) {
    var card = document.getElementById('customer-card');
    if (card) window.htmx.ajax('GET', say.card + '?customer=' + encodeURIComponent(id), { target: card, swap: 'innerHTML' });
  }
  function customerId() {
    var chosen = form.querySelector('[name="customer_id"]');
    return chosen ? chosen.value : say.customer || '';
  }
  function ask(field, kind) {
    var text = field.value.trim(), turn = ++asking;
    if (!text) { close(); return; }
    var url = (kind === 'customer' ? say.findCustomers : say.findProducts) + '?q=' + encodeURIComponent(text) + '&customer=' + encodeURIComponent(customerId());
    fetch(url, { headers: { Accept: 'application/json' } }).then(function (answer) {
      return answer.ok ? answer.json() : { hits: [] };
    }).then(function (told) {
      if (turn === asking && document.activeElement === field) draw(field, told.hits, kind);
    }).catch(close);
  }
  function kindOf(field) {
    if (field.name === 'customer') return 'customer';
    return /^rows-\d+-product$/.test(field.name || '') ? 'product' : '';
  }
  var timer = 0;
  form.addEventListener('input', function (e) {
    var kind = kindOf(e.target);
    if (!kind || e.isComposing) return;
    if (kind === 'customer') form.querySelector('[name="customer_id"]').value = '';
    clearTimeout(timer);
    timer = setTimeout(function () { ask(e.target, kind); }, 120);
  });
  form.addEventListener('compositionend', function (e) {
    var kind = kindOf(e.target);
    if (kind) ask(e.target, kind);
  });
  form.addEventListener('focusin', function (e) {
    var kind = kindOf(e.target);
    if (!kind) return;
    e.target.setAttribute('role', 'combobox');
    e.target.setAttribute('aria-autocomplete', 'list');
    e.target.setAttribute('aria-controls', 'or-hits');
    if (!e.target.hasAttribute('aria-expanded')) e.target.setAttribute('aria-expanded', 'false');
  });
  form.addEventListener('focusout', close);
  window.addEventListener('scroll', function (e) { if (!list.contains(e.target)) close(); }, true);
  form.addEventListener('keydown', function (e) {
    if (!open || composing(e) || e.target !== open.field) return;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      choose((open.at + (e.key === 'ArrowDown' ? 1 : -1) + open.hits.length) % open.hits.length);
    } else if (e.key === 'Enter' || e.key === 'Tab') {
      if (e.key === 'Enter') e.preventDefault();
      take(open.at);
    } else if (e.key === 'Escape') {
      e.preventDefault();
      e.stopPropagation();
      close();
    }
  }, true);

  if (customerId() && document.getElementById('customer-card')) showCard(customerId());
  total();
})();
