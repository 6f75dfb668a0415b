"""Barriers on a page, found by axe-core (tests/support/vendor) in the browser, and by measuring what axe does not: width and size of targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

SOURCE: Final = (Path(__file__).parent / "vendor" / "axe" / "axe.min.js").read_text(encoding="utf-8")
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TAP: Final = 44  # pixels: what a finger presses on a telephone
LOOK = """async tags => {
  const found = await axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] });
  return found.violations.map(v => `${v.id} (${v.nodes.length}): ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')}`);
}"""
# Controls that are pressed (not the unseen one by which Enter goes on): a radio button or tick with its label; links inside sentences are as high
# as their line (WCAG 2.5.8 lets them).
MEASURE = """tap => {
  const seen = node => node.getClientRects().length && getComputedStyle(node).visibility !== 'hidden'
    && !node.closest('.for-readers, .for-enter, .skip');
  const small = [];
  for (const node of document.querySelectorAll('button, input, select, textarea, summary, header nav a, .tabs a, .lights a, a.button')) {
    if (!seen(node) || node.disabled || node.type === 'hidden') continue;
    const own = ['radio', 'checkbox'].includes(node.type) && node.labels.length ? node.labels[0] : node;
    const box = own.getBoundingClientRect();
    if (Math.round(box.height) < tap) small.push(`${Math.round(box.height)} px: ${own.outerHTML.slice(0, 120)}`);
  }
  return small;
}"""


def barriers(page: Page) -> list[str]:
    """What axe finds on the page as it stands, one line a rule: WCAG 2.2 A and AA, and what is good practice."""
    page.evaluate(SOURCE)  # by the browser's own hand: the page's policy lets no foreign script in
    found: list[Any] = page.evaluate(LOOK, RULES)
    return [str(one) for one in found]


def misfits(page: Page, width: int) -> list[str]:
    """Is the page wider than its window; on a telephone, which controls are too low for a finger."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    found = [f"{wide} px wide in a window of {width}"] if wide > width else []
    if width < 640:
        found += page.evaluate(MEASURE, TAP)
    return found
