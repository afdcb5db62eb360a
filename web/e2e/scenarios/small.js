// Owns the scenes of little room: a low window, a narrow one, the largest letters.
import assert from "node:assert/strict";
import { Person } from "../people.js";

/** Words that do not stand in their place. */
const cut = (locator) =>
  locator.evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent));

export const scenarios = {
  "the board of emoji is whole where there is little room": async (world) => {
    const ada = await Person.arrive(world, "Ada", { width: 320, height: 700 });
    const { page } = ada.tab;
    await ada.tab.createRoom("garden");
    for (const [size, height] of [["16px", 256], ["20px", 700], ["20px", 256]]) {
      await page.setViewportSize({ width: 320, height });
      await page.evaluate((value) => (document.documentElement.style.fontSize = value), size);
      await page.getByRole("form").getByRole("button", { name: "Emoji" }).press("Enter");
      const board = page.getByRole("dialog", { name: "Emoji" });
      const grid = board.getByRole("group", { name: "Emoji", exact: true });
      await grid.getByRole("button").nth(20).waitFor();
      const { height: room } = await grid.boundingBox();
      assert.ok(room >= 80, `${size}, ${height}: ${room} px for the emoji`);
      const out = await board.evaluate((box) => {
        const { right } = box.getBoundingClientRect();
        const edge = Math.min(right - (box.offsetWidth - box.clientWidth) / 2, innerWidth);
        return [...box.querySelectorAll("button, input")].filter((one) => one.getBoundingClientRect().right > edge + 1).map((one) => one.ariaLabel);
      });
      assert.deepEqual(out, [], `${size}, ${height}`);
      await board.getByRole("radio").last().focus();
      await board.getByRole("radio").last().and(page.locator(":focus")).waitFor();
      await page.keyboard.press("Escape");
      await board.waitFor({ state: "detached" });
    }
  },

  "what is found keeps all of its words where there is little room": async (world) => {
    const ada = await Person.arrive(world, "Ada", { width: 320, height: 700 });
    const { page } = ada.tab;
    await ada.tab.createRoom("garden");
    await page.goto(`${world.house.url}/#/settings`);
    await page.getByLabel("Language", { exact: true }).selectOption("fr");
    await page.locator("html[lang=fr]").waitFor();
    await page.evaluate(() => (document.documentElement.style.fontSize = "20px"));
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").getByRole("combobox").fill(">");
    await page.getByRole("dialog").getByRole("option").nth(3).waitFor();
    assert.deepEqual(await cut(page.locator("dialog .label")), []);
    const wide = await page.getByRole("listbox").evaluate((list) => list.scrollWidth - list.clientWidth);
    assert.ok(wide <= 0, `${wide} px too wide`);
  },
};
