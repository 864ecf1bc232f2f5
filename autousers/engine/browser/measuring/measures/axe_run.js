// Run axe: what is wrong, and what it could not decide.
const result = await axe.run(globalThis.document, {
  resultTypes: ["violations", "incomplete"],
  rules: { "target-size": { enabled: true } },
  elementRef: false, ancestry: false, pingWaitTime: 300, frameWaitTime: 4000,
});
const boxOfTarget = (target) => {
  try {
    const element = target.length === 1 && typeof target[0] === "string" && document.querySelector(target[0]);
    return element ? boxOf(element) : null;
  } catch { return null; }
};
const textOfTarget = (node) => {
  try {
    const element = node.target.length === 1 && document.querySelector(node.target[0]);
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
