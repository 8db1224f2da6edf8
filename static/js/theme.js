// Runs in <head>, before anything is painted: only where the choice is "as the computer" there is something to decide.
(function () {
  'use strict';
  var root = document.documentElement;
  var dark = window.matchMedia('(prefers-color-scheme: dark)');
  function apply() {
    if (root.dataset.theme === 'system') root.setAttribute('data-bs-theme', dark.matches ? 'dark' : 'light');
  }
  apply();
  dark.addEventListener('change', apply);
})();
