// A request by hand: a picture that was copied, or files that were dropped, join the chosen ones.
(function () {
  'use strict';
  var input = document.getElementById('files');
  if (!input) return;
  function add(files) {
    var all = new DataTransfer();
    [].concat(Array.from(input.files), Array.from(files)).forEach(function (file) { all.items.add(file); });
    input.files = all.files;
  }
  document.addEventListener('paste', function (e) {
    if (!e.clipboardData || !e.clipboardData.files.length || e.clipboardData.getData('text/plain')) return; // cells of a sheet come as a picture too
    e.preventDefault();
    add(e.clipboardData.files);
  });
  document.addEventListener('dragover', function (e) { if (e.dataTransfer && Array.from(e.dataTransfer.types).indexOf('Files') >= 0) e.preventDefault(); });
  document.addEventListener('drop', function (e) {
    if (!e.dataTransfer || !e.dataTransfer.files.length) return;
    e.preventDefault();
    add(e.dataTransfer.files);
  });
})();
