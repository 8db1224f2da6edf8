// Marks of where a value came from, on pages that only show it: a mark with a place is a link and needs no script; one
// without says in words what it means, beside itself.
(function () {
  'use strict';
  var d = document, told = null;

  function shut() { if (told) { told.hidden = true; } }
  d.addEventListener('click', function (e) {
    var mark = e.target.closest && e.target.closest('[data-origin]');
    if (!mark) { shut(); return; }
    if (!told) {
      told = d.createElement('div');
      told.className = 'or-told';
      told.setAttribute('role', 'status');
      d.body.appendChild(told);
    }
    told.hidden = false;
    told.textContent = mark.title;
    var spot = mark.getBoundingClientRect();
    told.style.left = Math.max(8, Math.min(spot.left, window.innerWidth - told.offsetWidth - 8)) + 'px';
    told.style.top = (spot.bottom + told.offsetHeight > window.innerHeight - 8 ? spot.top - told.offsetHeight : spot.bottom) + 'px';
  });
  d.addEventListener('keydown', function (e) { if (e.key === 'Escape') shut(); });
  d.addEventListener('scroll', shut, true);
})();
