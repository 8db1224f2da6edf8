/* Says in words what the chosen crontab means. */
(function () {
  'use strict';
  var source = document.getElementById('readable-crontabs');
  var choice = document.getElementById('id_crontab');
  var translation = document.querySelector('.field-crontab_translation');
  if (translation) translation.hidden = true;
  if (!source || !choice) return;
  var words = JSON.parse(source.textContent);
  var line = document.createElement('div');
  line.className = 'help';
  choice.closest('.field-crontab').appendChild(line);
  function tell() { line.textContent = words[choice.value] || ''; }
  choice.addEventListener('change', tell);
  tell();
})();
