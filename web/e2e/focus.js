// Owns how the scenes ask what has the focus, and how they go about by keys alone.
import assert from "node:assert/strict";
import { eventually } from "./people.js";

/** What has the focus, as one would call it. */
const focused = (page) =>
  page.evaluate(() => {
    const { activeElement: at } = document;
    if (at.matches("li.message")) return at.querySelector(".words").textContent.trim();
    if (at.ariaLabel) return at.ariaLabel;
    return at.matches("button") ? at.textContent.trim() : at.tagName;
  });

export const isAt = (page, what) => eventually(async () => assert.equal(await focused(page), what));

/** Opens a menu and chooses from it, by keys alone. */
export async function choose(page, menu, entry) {
  await page.getByRole("button", { name: menu, exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: entry }).focus();
  await page.keyboard.press("Enter");
}
