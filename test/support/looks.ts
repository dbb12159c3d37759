/** How a page looks, measured: sideways scroll, axe, sizes of targets. */
import axe from "axe-core";
import type { Page } from "playwright-core";

/** Pixels that the page can be scrolled sideways, and what sticks out. */
export function sideways(page: Page): Promise<{ readonly px: number; readonly by: readonly string[] }> {
  return page.evaluate(() => {
    const root = document.documentElement;
    const px = Math.max(root.scrollWidth, document.body.scrollWidth) - root.clientWidth;
    if (px <= 0) return { px: 0, by: [] };
    const wide = [...document.querySelectorAll("body *")].filter(
      (at) => at.getBoundingClientRect().right > root.clientWidth + 1,
    );
    return { px, by: wide.slice(0, 5).map((at) => `${at.tagName}.${at.className}`) };
  });
}

export type Finding = { readonly id: string; readonly impact: string; readonly at: readonly string[] };

/** What axe holds to be serious or critical. */
export async function axeFindings(page: Page): Promise<readonly Finding[]> {
  // Not by a script element: the page's policy would refuse it, as it should.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    type Axe = {
      run(): Promise<{
        violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
      }>;
    };
    const { violations } = await (window as unknown as { axe: Axe }).axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, impact, nodes }) => ({
        id,
        impact,
        at: nodes.slice(0, 4).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 160)}`),
      }));
  });
}

/** Controls in sight that are smaller than `px` in a direction; links within running text are none. */
export function smallTargets(page: Page, px: number): Promise<readonly string[]> {
  return page.evaluate((least) => {
    const inText = (at: Element) => at.matches("p a, li a:not([data-nav]), td a") && !at.closest("nav, aside");
    const controls = [...document.querySelectorAll("button, a[href], input, select, summary, [role=button]")];
    return controls.flatMap((at) => {
      const box = at.getBoundingClientRect();
      const shown = at.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      if (!shown || box.width < 2 || box.bottom < 0 || box.top > innerHeight || inText(at)) return [];
      // What is grown by a pseudo-element is hit as far as that reaches.
      const grown = ["::before", "::after"].map((part) => {
        const style = getComputedStyle(at, part);
        return style.content !== "none" && style.position === "absolute"
          ? { w: parseFloat(style.width), h: parseFloat(style.height) }
          : { w: 0, h: 0 };
      });
      const width = Math.max(box.width, ...grown.map((one) => one.w || 0));
      const height = Math.max(box.height, ...grown.map((one) => one.h || 0));
      if (width >= least - 0.5 && height >= least - 0.5) return [];
      return [`${at.outerHTML.slice(0, 120)} ${Math.round(width)}×${Math.round(height)}`];
    });
  }, px);
}
