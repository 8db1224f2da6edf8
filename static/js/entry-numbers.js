// Entering orders, part 1: numbers. Text -> whole numbers (BigInt) -> text; nothing here is ever a float.
(function () {
  'use strict';
  var E = window.wbEntry = {};

  function plain(text) {
    return String(text === undefined || text === null ? '' : text)
      .replace(/[\uff01-\uff5e]/g, function (sign) { return String.fromCharCode(sign.charCodeAt(0) - 0xfee0); })
      .replace(/[\s¥￥$€£,]/g, '').replace('\u2212', '-');
  }
  // text -> BigInt scaled by 10^places; null where it is no number
  function scaled(text, places) {
    var found = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(plain(text));
    if (!found || !(found[2] || found[3]) || found[2].length > 15) return null;
    var digits = (found[3] || '').slice(0, places);
    while (digits.length < places) digits += '0';
    var number = BigInt((found[2] || '0') + digits);
    return found[1] === '-' ? -number : number;
  }
  // halves away from zero, as the server rounds
  function rounded(number, divisor) {
    var negative = number < 0n, whole = negative ? -number : number;
    whole = (whole * 2n + divisor) / (divisor * 2n);
    return negative ? -whole : whole;
  }
  var whole = { JPY: 1, KRW: 1, VND: 1, CLP: 1, ISK: 1 };
  function toUnit(number, divisor, currency) {
    return whole[currency] ? rounded(number, divisor * 100n) * 100n : rounded(number, divisor);
  }
  function percentOf(rate) { return /^\d+$/.test(rate || '') ? BigInt(rate) : 0n; }

  // {net, tax, all} of a row in hundredths, or null while it is not complete
  var kept = new WeakMap(); // rows are never changed in place, so what was counted once holds
  E.amounts = function (row, gross, currency) {
    var how = gross + currency, known = kept.get(row);
    if (!known || known.how !== how) { known = { how: how, sums: count(row, gross, currency) }; kept.set(row, known); }
    return known.sums;
  };
  function count(row, gross, currency) {
    var quantity = scaled(row.quantity, 4), price = scaled(row.unit_price, 6), off = scaled(row.percent || '0', 4);
    if (quantity === null || price === null || off === null || quantity === 0n) return null;
    var exact = toUnit(quantity * price * (1000000n - off), 100000000000000n, currency), rate = percentOf(row.tax_rate);
    if (gross) {
      var net = toUnit(exact * 100n, 100n + rate, currency);
      return { net: net, tax: exact - net, all: exact };
    }
    var added = toUnit(exact * rate, 100n, currency);
    return { net: exact, tax: added, all: exact + added };
  }
  E.money = function (cents) {
    var negative = cents < 0n, text = String(negative ? -cents : cents).padStart(3, '0');
    return (negative ? '\u2212' : '') + text.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',') + '.' + text.slice(-2);
  };
  // as the server writes a sum: no groups, a plain minus
  E.exact = function (cents) {
    var negative = cents < 0n, text = String(negative ? -cents : cents).padStart(3, '0');
    return (negative ? '-' : '') + text.slice(0, -2) + '.' + text.slice(-2);
  };
  E.cents = function (text) { return scaled(text, 2); };
  E.plain = plain;

  // 人民币大写
  E.inWords = function (cents) {
    var d = '零壹贰叁肆伍陆柒捌玖', u = ['', '拾', '佰', '仟'], b = ['', '万', '亿', '兆'], s = '', zero = false, groups = [];
    if (cents < 0n) return '';
    var yuan = String(cents / 100n), rest = Number(cents % 100n);
    if (cents === 0n) return '人民币零元整';
    if (yuan.length > 16) return '';
    if (yuan !== '0') {
      while (yuan) { groups.unshift(yuan.slice(-4)); yuan = yuan.slice(0, -4); }
      groups.forEach(function (group, at) {
        var part = '';
        for (var i = 0; i < group.length; i += 1) {
          if (group[i] === '0') { zero = true; } else { if (zero && (s || part)) part += '零'; zero = false; part += d[+group[i]] + u[group.length - 1 - i]; }
        }
        if (part) s += part + b[groups.length - 1 - at];
      });
      s += '元';
    }
    if (!rest) return '人民币' + s + '整';
    var jiao = Math.floor(rest / 10), fen = rest % 10;
    if (jiao) s += d[jiao] + '角'; else if (s) s += '零';
    return '人民币' + s + (fen ? d[fen] + '分' : '整');
  };

  // "11-25", "1125", "11/25", "2026-11-25" -> 2026-11-25 (the next such day); anything else stays as typed
  E.day = function (text, today) {
    text = plain(text).replace(/[\/.年月]/g, '-').replace(/日$/, '');
    var full = /^(\d{4})-?(\d{1,2})-?(\d{1,2})$/.exec(text), short = /^(\d{1,2})-(\d{1,2})$/.exec(text) || /^(\d{2})(\d{2})$/.exec(text);
    function two(part) { return part.padStart(2, '0'); }
    if (full) return full[1] + '-' + two(full[2]) + '-' + two(full[3]);
    if (!short) return text;
    var day = today.slice(0, 4) + '-' + two(short[1]) + '-' + two(short[2]);
    return day < today ? String(Number(today.slice(0, 4)) + 1) + day.slice(4) : day;
  };
  // "20箱" -> {quantity: '20', unit: '箱'}, as the cell of a sheet is read; null for anything else
  E.counted = function (text, units) {
    var half = String(text).replace(/[\uff01-\uff5e]/g, function (sign) { return String.fromCharCode(sign.charCodeAt(0) - 0xfee0); }).trim();
    var found = /^([-+]?\d[\d,]*(?:\.\d+)?)\s*([a-z]{1,8}2?|[\u4e00-\u9fff]{1,2}|㎡)\.?$/i.exec(half);
    if (!found || units.none.indexOf(found[2]) >= 0 || /^[a-z]/i.test(found[2]) && units.latin.indexOf(found[2].toLowerCase()) < 0) return null;
    return { quantity: found[1].replace(/,/g, ''), unit: found[2] };
  };
  E.fill = function (words) {
    var values = Array.prototype.slice.call(arguments, 1);
    return words.replace(/\{(\d)\}/g, function (_all, place) { return values[Number(place)]; });
  };
  E.composing = function (e) { return e.isComposing || e.keyCode === 229; };
})();
