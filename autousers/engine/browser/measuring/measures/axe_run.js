// Run axe: what is wrong, and what it could not decide.
const result = await axe.run(globalThis.document, {
  resultTypes: ["violations", "incomplete"],
  // What sounds is measured otherwise: axe waits up to ten seconds for media that do not come.
  rules: { "target-size": { enabled: true }, "no-autoplay-audio": { enabled: false } },
  preload: { assets: ["cssom"], timeout: 2000 },
  elementRef: false, ancestry: false, pingWaitTime: 300, frameWaitTime: 4000,
});
// Elements by what axe says of their contrast; pictures decide on some of them later.
const elementOf = (target) => {
  if (target.length !== 1) return null;  // in a frame
  let root = document, element = null;
  try {
    for (const part of [target[0]].flat()) {
      element = root.querySelector(part);
      root = element?.shadowRoot;
    }
  } catch { return null; }
  return element;
};
const contrastOf = (rules) => new Set(rules.filter((rule) => rule.id === "color-contrast")
  .flatMap((rule) => rule.nodes.slice(0, 500).map((node) => elementOf(node.target))).filter(Boolean));
globalThis.observerContrast = { failed: contrastOf(result.violations), open: contrastOf(result.incomplete),
  openCount: result.incomplete.find((rule) => rule.id === "color-contrast")?.nodes.length || 0,
};
const boxOfTarget = (target) => {
  try {
    const element = elementOf(target);
    return element ? boxOf(element) : null;
  } catch { return null; }
};
const textOfTarget = (node) => {
  try {
    const element = elementOf(node.target);
    return element ? nameOf(element) : short(node.html);
  } catch { return short(node.html); }
};
const shape = (rule) => ({
  id: rule.id, impact: rule.impact, help: short(rule.help, 200), count: rule.nodes.length,
  tags: rule.tags.filter((tag) => /^(wcag\d|best-practice)/.test(tag)),
  nodes: rule.nodes.slice(0, PLACES).map((node) => ({
    selector: node.target.flat().join(" >>> ").slice(0, 300), text: textOfTarget(node), box: boxOfTarget(node.target),
    data: (() => {
      const check = [...node.any, ...node.all, ...node.none].find((one) => one.data);
      const { contrastRatio, fgColor, bgColor, expectedContrastRatio, messageKey, width, height } = check?.data || {};
      return { contrastRatio, fgColor, bgColor, expectedContrastRatio, messageKey, width, height };
    })(),
  })),
});
return {
  version: axe.version, violations: result.violations.map(shape), incomplete: result.incomplete.map(shape),
  passes: result.passes.map((rule) => ({ id: rule.id, count: rule.nodes.length })),
  inapplicable: result.inapplicable.map((rule) => rule.id),
};
