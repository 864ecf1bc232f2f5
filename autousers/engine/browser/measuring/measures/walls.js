// What stands before the page: a consent wall, dialogs, a login, a check for robots.
const CONSENT = /cookie|consent|gdpr|dsgvo|privacy choices|tracking|einwillig|datenschutz|zustimm|accepter|t[eé]moins|galletas|aceptar|akzeptier|zgod|samtyck|prihlás|同意|クッキー|쿠키|файлы cookie/i;
const ROBOT = /captcha|are you (?:a )?human|not a robot|verify(?:ing)? you are human|checking your browser|just a moment|unusual traffic|access denied|enable javascript and cookies to continue|ddos protection/i;
const area = innerWidth * innerHeight;
const seen = new Set();
const found = [];
for (const element of elements(20000)) {
  const style = getComputedStyle(element);
  const role = element.getAttribute("role");
  const isDialog = element.localName === "dialog" ? element.open : role === "dialog" || role === "alertdialog";
  const floats = style.position === "fixed" || style.position === "sticky";
  if (!isDialog && !floats) continue;
  if (!isShown(element) || [...seen].some((each) => each.contains(element))) continue;
  const box = element.getBoundingClientRect();
  const width = Math.max(0, Math.min(box.right, innerWidth) - Math.max(box.left, 0));
  const height = Math.max(0, Math.min(box.bottom, innerHeight) - Math.max(box.top, 0));
  const share = (width * height) / area;
  const words = short(element.innerText, 600);
  const asks = CONSENT.test(words) && element.querySelector("button,a,input,[role=button]");
  if (!asks && !isDialog) continue;
  seen.add(element);
  found.push({
    letters: words.length, kind: asks ? "consent" : "dialog", share: Math.round(share * 1000) / 1000,
    modal: element.matches("dialog:modal") || element.getAttribute("aria-modal") === "true",
    buttons: [...element.querySelectorAll("button,[role=button],input[type=submit],a")]
      .filter(isShown).slice(0, 8).map((each) => nameOf(each)),
    ...placeOf(element, short(words, 120)),
  });
}
const text = short(pageText(12000), 3000);
const rest = text.length - found.reduce((sum, one) => sum + one.letters, 0);
const passwords = [...document.querySelectorAll("input[type=password]")].filter(isShown);
return {
  walls: found.slice(0, PLACES),
  rest, robot: (ROBOT.test(document.title) || ROBOT.test(text)) && text.length < 1200,
  frames: [...document.querySelectorAll("iframe")].map((each) => each.src)
    .filter((each) => /captcha|challenges\.cloudflare|turnstile|datadome/i.test(each)).length,
  login: passwords.length > 0 && text.length < 600, text: short(text, 200),
};
