// Shipping: a tracking number that does not look like one of its carrier gets a hint while it is typed.
(() => {
  "use strict";
  const hint = document.getElementById("tracking-hint");
  const carrier = document.getElementById("carrier");
  const numbers = document.getElementById("tracking");
  if (!hint || !carrier || !numbers) return;
  const known = JSON.parse(hint.dataset.carriers).map((one) => ({
    ...one,
    isNamed: new RegExp(one.names, "i"),
    isRight: new RegExp(`^(?:${one.number})$`, "i"),
  }));

  const look = () => {
    const one = known.find((each) => each.isNamed.test(carrier.value.normalize("NFKC").trim()));
    const typed = numbers.value.normalize("NFKC").split(/[\s,;、]+/).filter(Boolean);
    const odd = one && typed.find((number) => !one.isRight.test(number));
    hint.hidden = !odd;
    if (!odd) return;
    const words = { "#number": odd, "#carrier": one.name, "#example": one.example };
    hint.textContent = hint.dataset.words.replace(/#(number|carrier|example)/g, (place) => words[place]);
  };

  carrier.addEventListener("input", look);
  numbers.addEventListener("input", look);
  look();
})();
