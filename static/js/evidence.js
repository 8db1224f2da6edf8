// What a customer sent, on pages that only show it: the rest of a long sheet comes after the page, and a row that the address
// names is lit up then.
(function () {
  'use strict';
  var d = document;
  d.addEventListener('htmx:afterSwap', function () {
    var name = decodeURIComponent(location.hash.slice(1)), spot = /^e\d+\.\d+/.test(name) && d.getElementById(name);
    if (spot && !spot.matches(':target')) location.replace('#' + name);
  });
})();
