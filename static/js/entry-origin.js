// Entering orders, part 4: where a value came from. A mark beside each value says how it came (typed, parsed, default, last
// order); clicked, or asked for with Alt O, it says so in words and lights up the cell or line beside the form.
(function () {
  'use strict';
  var E = window.wbEntry, W = E.words, d = document;
  var spot = d.getElementById('entry-origin'), live = d.getElementById('entry-where'), lit = null, wanted = null;
  var letters = { typed: W.typed_letter, parsed: W.parsed_letter, 'default': W.default_letter, last: W.last_letter };

  // draws a mark; the same mark twice costs nothing
  E.drawMark = function (mark, source, label, input) {
    if (mark.dataset.from === source) return;
    mark.dataset.from = source;
    mark.textContent = letters[source] || '';
    mark.className = 'wb-prov' + (source ? ' wb-prov--' + source : '');
    mark.hidden = !source;
    var told = source ? E.fill(W.from, W[source]) : '';
    mark.title = told;
    mark.setAttribute('aria-label', label + ', ' + told);
    if (input) { if (told) input.setAttribute('aria-description', told); else input.removeAttribute('aria-description'); }
  };

  function at(place) { // a cell, a line, an order, in words
    if (place.order) return E.fill(W.at_order, place.order, place.line, place.text || '');
    if (place.row) {
      var column = place.heading || place.column || '', cell = E.fill(place.evidence ? W.at_cell : W.at_paste, place.sheet || place.file || '', place.row, column, place.text || '');
      return cell.replace(/^[\s,，]+/, '');
    }
    if (place.line) return E.fill(W.at_line, place.line, place.text || '');
    return '';
  }
  function told(source, place, reason) {
    var where = place ? at(place) : '';
    if (source === 'parsed') return where || W.at_request;
    if (source === 'last') return where || W.last;
    if (source === 'default') return reason || (place && place.from === 'customer' ? W.at_customer : place && place.from === 'product' ? W.at_product : W['default']);
    if (source === 'typed' && place && place.from === 'later') return W.at_later;
    if (source === 'typed') return where ? E.fill(W.typed_over, where) : W.typed;
    return W.at_nothing;
  }
  function spotOf(line, column) { // the table of a mail is shown as its lines are
    return column && d.getElementById('e' + line + '.' + column) || d.getElementById('e' + line);
  }
  function light(place, isAsked) {
    if (lit) lit.classList.remove('is-here');
    wanted = place && { place: place, isAsked: isAsked };
    lit = place && place.evidence !== undefined ? spotOf(place.evidence + '.' + (place.row || place.line), place.row && place.column) : null;
    if (!lit) return;
    wanted = null;
    lit.classList.add('is-here');
    lit.scrollIntoView({ block: isAsked ? 'center' : 'nearest', inline: 'nearest' });
  }
  d.addEventListener('htmx:afterSwap', function () { // the rest of a long sheet has come
    if (wanted) light(wanted.place, wanted.isAsked);
  });
  function show(label, source, place, reason, isAsked) {
    light(source === 'parsed' || isAsked ? place : null, isAsked);
    spot.textContent = source ? E.fill(W.said, label, told(source, place, reason)) : '';
    if (isAsked) { live.textContent = ''; live.textContent = spot.textContent || W.at_nothing; }
  }
  E.showOrigin = function (key, name, isAsked) {
    var row = E.state.rows[E.find(key)];
    if (!row) return;
    show(W[name], E.howOf(row.from, row.origin, name), row.origin && row.origin[name], name === 'unit_price' ? row.reason : '', isAsked);
  };
  E.showHeadOrigin = function (name, isAsked) {
    show(W[name], E.howOf(E.state.header.from, E.begin.origin, name), E.begin.origin[name], '', isAsked);
  };

  d.addEventListener('click', function (e) {
    var mark = e.target.closest('.wb-prov'), tr = mark && mark.closest('tr[data-key]');
    if (tr) E.showOrigin(tr.dataset.key, mark.dataset.mark, true);
    else if (mark && mark.dataset.markHead) E.showHeadOrigin(mark.dataset.markHead, true);
  });
  E.askOrigin = function () { // of the field the cursor is in
    var field = d.activeElement, tr = field.closest('tr[data-key]');
    if (tr && field.dataset.field) E.showOrigin(tr.dataset.key, field.dataset.field, true);
    else if (field.dataset.head) E.showHeadOrigin(field.dataset.head, true);
  };
  d.addEventListener('focusin', function (e) {
    if (e.target.dataset && e.target.dataset.head) E.showHeadOrigin(e.target.dataset.head, false);
  });
})();
