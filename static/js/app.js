// The frame of every page: theme, narrow menu, menus, dialogs, toasts, what to say when a request fails.
// No eval, no inline handlers, no style attributes. Everything works by delegation, so swapped fragments need nothing.
(function () {
  'use strict';
  var d = document;
  var root = d.documentElement;

  // -- theme and narrow menu: the page follows at once, the server remembers; without scripts the form just posts
  d.addEventListener('submit', function (e) {
    var form = e.target;
    if (!form.matches('[data-theme-form], [data-rail-form]') || !e.submitter) return;
    e.preventDefault();
    var body = new FormData(form);
    var value = e.submitter.value;
    body.append(e.submitter.name, value);
    fetch(form.action, { method: 'POST', body: body, redirect: 'manual' }).catch(function () { /* this page follows anyway */ });
    if (form.matches('[data-rail-form]')) {
      d.querySelector('.wb-shell').classList.toggle('wb-shell--rail', value === '1');
      var other = form.querySelector('button[value="' + (value === '1' ? '0' : '1') + '"]');
      if (other) other.focus();
      return;
    }
    var dark = value === 'dark' || value === 'system' && window.matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = value;
    root.setAttribute('data-bs-theme', dark ? 'dark' : 'light');
    var next = form.querySelector('[data-when="' + value + '"]');
    if (next) next.focus();
    d.dispatchEvent(new CustomEvent('wb:theme', { detail: { theme: value } }));
  });

  // -- menus made of <details>: one open at a time, closed by a click elsewhere or Escape
  d.addEventListener('click', function (e) {
    d.querySelectorAll('details.wb-pop[open]').forEach(function (pop) {
      if (!pop.contains(e.target)) pop.open = false;
    });
  });
  d.addEventListener('keydown', function (e) {
    if (e.key !== 'Escape') return;
    d.querySelectorAll('details.wb-pop[open]').forEach(function (pop) {
      pop.open = false;
      pop.querySelector('summary').focus();
    });
    if (location.hash === '#nav') location.hash = 'main';
  });

  // -- dialogs: <button data-dialog="KEY"> opens #dialog-KEY; the browser gives the focus back to the opener
  d.addEventListener('click', function (e) {
    var opener = e.target.closest('[data-dialog]');
    var dialog = opener && d.getElementById('dialog-' + opener.dataset.dialog);
    if (dialog) {
      e.preventDefault();
      dialog.showModal();
      return;
    }
    var closer = e.target.closest('[data-dialog-close]');
    if (closer) closer.closest('dialog').close();
  });

  // -- one more question before a dangerous deed: <form data-confirm="question">, or hx-confirm
  var asking = d.getElementById('confirm');
  function ask(question, text, deed, go) {
    if (!asking || !asking.showModal) {
      if (window.confirm(question)) go();
      return;
    }
    var yes = asking.querySelector('[data-confirm-yes]');
    d.getElementById('confirm-h').textContent = question;
    d.getElementById('confirm-t').textContent = text || '';
    yes.textContent = deed || yes.dataset.words;
    asking.returnValue = '';
    asking.addEventListener('close', function () {
      if (asking.returnValue === 'yes') go();
    }, { once: true });
    asking.showModal();
  }
  d.addEventListener('submit', function (e) {
    var form = e.target;
    var asker = e.submitter && e.submitter.dataset.confirm ? e.submitter : form;
    if (!asker.dataset || !asker.dataset.confirm || form.dataset.confirmed) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    ask(asker.dataset.confirm, asker.dataset.confirmText, asker.dataset.confirmDeed, function () {
      form.dataset.confirmed = 'yes';
      form.requestSubmit(e.submitter || undefined);
      delete form.dataset.confirmed;
    });
  }, true);
  d.addEventListener('htmx:confirm', function (e) {
    if (!e.detail.question) return;
    e.preventDefault();
    ask(e.detail.question, '', '', function () { e.detail.issueRequest(true); });
  });

  // -- toasts: put in after the page is there, so that they are read aloud; those without a way back go by themselves
  var region = d.getElementById('toasts');
  function show(toast) {
    var close = toast.querySelector('[data-toast-close]');
    if (close) close.hidden = false;
    region.appendChild(toast);
    if (toast.querySelector('form') || /--(warn|bad)/.test(toast.className)) return;
    var timer = setTimeout(leave, 8000);
    function leave() {
      if (toast.matches(':hover') || toast.contains(d.activeElement)) timer = setTimeout(leave, 2000);
      else toast.remove();
    }
    toast.addEventListener('wb:gone', function () { clearTimeout(timer); });
  }
  function say(text, tone, undoUrl) {
    var blank = d.getElementById('toast-blank');
    if (!region || !blank || !text) return;
    var toast = blank.content.querySelector('[data-toast="' + (tone || 'ok') + '"]').cloneNode(true);
    toast.querySelector('[data-toast-text]').textContent = text;
    var form = toast.querySelector('form');
    if (undoUrl) form.action = undoUrl;
    else form.remove();
    show(toast);
  }
  if (region) {
    var waiting = Array.prototype.slice.call(region.children);
    waiting.forEach(function (toast) { toast.remove(); });
    setTimeout(function () { waiting.forEach(show); }, 150);
    region.addEventListener('click', function (e) {
      if (!e.target.closest('[data-toast-close]')) return;
      e.target.closest('[data-toast]').remove();
    });
  }
  d.addEventListener('wb:toast', function (e) { say(e.detail.text, e.detail.tone, e.detail.undo); });

  // -- requests that fail say so in words; a lost session leads to sign-in and back
  d.addEventListener('htmx:sendError', function () { say(d.body.dataset.sayLost, 'bad'); });
  d.addEventListener('htmx:timeout', function () { say(d.body.dataset.sayLost, 'bad'); });
  d.addEventListener('htmx:responseError', function (e) {
    var words = { 403: 'sayDenied', 404: 'sayGone', 503: 'sayBusy' }[e.detail.xhr.status] || 'sayFailed';
    say(d.body.dataset[words], 'bad');
  });
  d.addEventListener('htmx:beforeSwap', function (e) {
    var signIn = d.body.dataset.signIn;
    var address = e.detail.xhr.responseURL;
    if (!signIn || !address || new URL(address).pathname !== signIn || location.pathname === signIn) return;
    e.detail.shouldSwap = false;
    location.href = signIn + '?next=' + encodeURIComponent(location.pathname + location.search);
  });

  // -- what wants the focus first (an error summary) gets it, on a new page and in a new fragment
  function focusFirst(part) {
    var wanted = part.querySelector && part.querySelector('[data-focus]');
    if (wanted) wanted.focus();
  }
  focusFirst(d);
  d.addEventListener('htmx:afterSwap', function (e) { focusFirst(e.detail.target); });

  // -- a form is sent once: a second press while the first is on its way does nothing
  d.addEventListener('submit', function (e) {
    var form = e.target;
    if (e.defaultPrevented || form.method === 'dialog' || form.matches('[data-theme-form], [data-rail-form]') || form.hasAttribute('hx-post') || form.method !== 'post') return;
    if (form.dataset.sent) {
      e.preventDefault();
      return;
    }
    form.dataset.sent = 'yes';
    setTimeout(function () { delete form.dataset.sent; }, 5000);
  });
  window.addEventListener('pageshow', function () {
    d.querySelectorAll('form[data-sent]').forEach(function (form) { delete form.dataset.sent; });
  });
})();
