// Owns the scenes of fingers, of what is pasted, and of what is dropped.
import assert from "node:assert/strict";
import { eventually, Person } from "../people.js";

const cid = () => crypto.randomUUID();

/** A finger goes from the middle of an element so far to the side; true: it is lifted there. */
async function swipe(page, locator, by, lifts = true) {
  const { x, y, width, height } = await locator.boundingBox();
  const client = await page.context().newCDPSession(page);
  const at = (step) => [{ x: x + width / 2 + (by * step) / 8, y: y + height / 2 }];
  await client.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: at(0) });
  for (let step = 1; step <= 8; step++) await client.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: at(step) });
  await client.send("Input.dispatchTouchEvent", { type: lifts ? "touchEnd" : "touchCancel", touchPoints: [] });
  await client.detach();
}

/** A finger rests on the middle of an element, and is lifted. */
async function rest(page, locator) {
  const { x, y, width, height } = await locator.boundingBox();
  const client = await page.context().newCDPSession(page);
  await client.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: x + width / 2, y: y + height / 2 }] });
  await page.waitForTimeout(800);
  await client.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await client.detach();
}

async function garden(world, options) {
  const ada = await Person.arrive(world, "Ada", options);
  const room = await ada.api("POST", "/rooms", { cid: cid(), name: "garden", kind: "public" });
  await ada.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text: "the first words" });
  await ada.tab.openRoom("garden");
  await ada.tab.sees("the first words");
  return ada;
}

/** Something is dropped on an element, as a browser tells it. */
function dropped(locator, kind, data) {
  return locator.evaluate((element, [what, words]) => {
    const transfer = new DataTransfer();
    if (what === "files") transfer.items.add(new File([words], "picture.png", { type: "image/png" }));
    else transfer.setData("text/plain", words);
    const told = (name) => element.dispatchEvent(new DragEvent(name, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    return [told("dragover"), told("drop")].map((went) => !went);
  }, [kind, data]);
}

export const scenarios = {
  "on a phone a message is swiped to be answered, and the room to go back to the others": async (world) => {
    const context = await world.browser.newContext({ viewport: { width: 390, height: 780 }, locale: "en-GB", hasTouch: true, isMobile: true, reducedMotion: "reduce" });
    const ada = await garden(world, { context });
    const { page } = ada.tab;
    const row = ada.tab.message("the first words");
    await swipe(page, row, -40);
    await swipe(page, row, -140, false);
    assert.equal(await page.getByText("Replying to").count(), 0);
    await swipe(page, row, -140);
    await page.getByText("Replying to Ada").waitFor();
    await eventually(async () => assert.equal(await row.evaluate((one) => one.style.transform), ""));
    await swipe(page, ada.tab.log, 140);
    await ada.tab.link("garden").waitFor();
    assert.equal(new URL(page.url()).hash, "#/");
  },

  "on a phone a tap on a message shows what can be done with it, and a finger that rests all of it": async (world) => {
    const context = await world.browser.newContext({ viewport: { width: 390, height: 780 }, locale: "en-GB", hasTouch: true, isMobile: true, reducedMotion: "reduce" });
    const ada = await garden(world, { context });
    const { page } = ada.tab;
    const row = ada.tab.message("the first words");
    const tools = row.getByRole("toolbar");
    await row.tap();
    await tools.getByRole("button", { name: "Reply" }).tap();
    await page.getByText("Replying to Ada").waitFor();
    await tools.getByRole("button", { name: "React" }).tap();
    await page.getByRole("menuitem", { name: "thumbs up" }).tap();
    await row.getByRole("button", { name: /^thumbs up, 1/ }).waitFor();
    const { height } = await tools.getByRole("button", { name: "Reply" }).boundingBox();
    assert.ok(height >= 44, `${height} px are enough for a finger`);
    await ada.tab.box.tap();
    await tools.waitFor({ state: "detached" });
    await row.tap();
    await tools.waitFor();
    await row.tap();
    await tools.waitFor({ state: "detached" });
    await rest(page, row.locator(".words"));
    await page.getByRole("menuitem", { name: "Save for me" }).tap();
    await row.getByText("Saved").waitFor();
  },

  "words are dropped into the box, and files are calmly refused": async (world) => {
    const ada = await garden(world);
    const { page } = ada.tab;
    assert.deepEqual(await dropped(ada.tab.log, "text", "dropped words"), [true, true]);
    await eventually(async () => assert.equal(await ada.tab.box.inputValue(), "dropped words"));
    for (const where of [ada.tab.log, ada.tab.box, ada.tab.side]) {
      assert.deepEqual(await dropped(where, "files", "a picture"), [true, true]);
      await page.getByText("Files are not there yet").waitFor();
    }
    await ada.tab.box.fill("");
    await ada.tab.box.evaluate((box) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File(["a picture"], "picture.png", { type: "image/png" }));
      box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    });
    await page.getByText("Files are not there yet").waitFor();
    assert.equal(await ada.tab.box.inputValue(), "");
    await page.evaluate(() => navigator.clipboard.writeText("pasted\nwords"));
    await ada.tab.box.press("Control+v");
    await eventually(async () => assert.equal(await ada.tab.box.inputValue(), "pasted\nwords"));
  },
};
