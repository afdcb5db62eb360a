// Owns the scenes of the page in other languages and in the other direction.
import assert from "node:assert/strict";
import { accessible } from "../axe.js";
import { eventually, Person } from "../people.js";

const cid = () => crypto.randomUUID();

/** Ada's browser as somebody with another language has it. */
async function inLanguage(world, ada, locale, { width = 1280, height = 800 } = {}) {
  const { cookies } = await ada.context.storageState();
  const context = await world.browser.newContext({ viewport: { width, height }, locale, storageState: { cookies, origins: [] }, reducedMotion: "reduce" });
  context.setDefaultTimeout(20_000);
  world.contexts.push(context);
  const page = await context.newPage();
  page.on("pageerror", (error) => world.complaints.push(error.message));
  return page;
}

async function garden(world) {
  const ada = await Person.arrive(world, "Ada");
  const bo = await Person.arrive(world, "Bo");
  const room = await ada.api("POST", "/rooms", { cid: cid(), name: "garden", kind: "public" });
  await bo.api("POST", `/rooms/${room.id}/join`, { cid: cid() });
  await bo.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text: "Good morning" });
  return { ada, bo, room };
}

export const scenarios = {
  "the page speaks the reader's language, fetches no other, and changes it when asked": async (world) => {
    const { ada, bo, room } = await garden(world);
    const page = await inLanguage(world, ada, "de-AT");
    const scripts = [];
    page.on("response", (response) => scripts.push(new URL(response.url()).pathname));
    await page.goto(`${world.house.url}/#/room/${room.id}`);
    await page.getByText("Good morning").waitFor();
    await page.getByRole("textbox", { name: "Nachricht an garden" }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
    assert.deepEqual(scripts.filter((path) => /\/(en|es|fr|zh|ja|ar)-[\w-]+\.js$/.test(path)), []);
    await accessible(page, "a room in German");
    await page.getByRole("textbox", { name: /^Nachricht an/ }).pressSequentially(":rakete");
    await page.getByRole("option", { name: /Rakete/ }).first().waitFor();
    await page.goto(`${world.house.url}/#/settings`);
    await page.getByLabel("Sprache", { exact: true }).selectOption("fr");
    await page.getByRole("heading", { level: 1, name: "Réglages" }).waitFor();
    await eventually(async () => assert.equal(await page.evaluate(() => document.documentElement.lang), "fr"));
    await page.goto(`${world.house.url}/#/`);
    await bo.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text: "one" });
    await page.getByRole("navigation").getByRole("link", { name: /1 message non lu/ }).waitFor();
    await bo.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text: "two" });
    await page.getByRole("navigation").getByRole("link", { name: /2 messages non lus/ }).waitFor();
  },

  "a list stands where lines begin, with its marks before its words, whichever way either runs": async (world) => {
    const { ada, bo, room } = await garden(world);
    await bo.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text: "- apples\n- pears" });
    await bo.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text: "1. تفاح\n2. كمثرى" });
    for (const locale of ["en-GB", "ar"]) {
      const page = await inLanguage(world, ada, locale, { width: 1440, height: 900 });
      await page.goto(`${world.house.url}/#/room/${room.id}`);
      await page.getByText("كمثرى").waitFor();
      const lists = await page.evaluate(() =>
        [...document.querySelectorAll("[role=log] :is(ul, ol):has(> li:not([data-seq]))")].filter((one) => one.closest("li[data-seq]")).map((one) => {
          const [own, around] = [one, one.closest("li[data-seq]").querySelector(".words")].map((box) => box.getBoundingClientRect());
          const words = document.createRange();
          words.selectNodeContents(one.firstElementChild);
          const text = words.getBoundingClientRect();
          const { direction } = getComputedStyle(one);
          const isRight = getComputedStyle(document.body).direction === "rtl";
          return { direction, apart: isRight ? around.right - own.right : own.left - around.left, mark: direction === "rtl" ? own.right - text.right : text.left - own.left };
        }),
      );
      assert.deepEqual(lists.map(({ direction }) => direction), ["ltr", "rtl"]);
      for (const { apart, mark } of lists) assert.ok(Math.abs(apart) < 2 && mark > 8 && mark < 60, JSON.stringify({ locale, lists }));
    }
  },

  "in Arabic the page runs from right to left, wide and on a phone": async (world) => {
    const { ada, room } = await garden(world);
    for (const [width, height] of [[1440, 900], [768, 1024], [360, 740]]) {
      const page = await inLanguage(world, ada, "ar", { width, height });
      await page.goto(`${world.house.url}/#/room/${room.id}`);
      await page.getByText("Good morning").waitFor();
      assert.equal(await page.evaluate(() => getComputedStyle(document.body).direction), "rtl");
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
      await page.screenshot({ path: `${world.artefacts}room-${width}-rtl.png` });
      await accessible(page, `a room in Arabic at ${width}`);
      if (width > 1_000) {
        const side = await page.getByRole("navigation").boundingBox();
        assert.ok(side.x > width / 2, "the side is at the right");
        await page.locator("li.message").first().hover();
        await page.getByRole("button", { name: "المزيد" }).click();
        const menu = await page.getByRole("menu").boundingBox();
        assert.ok(menu.x >= 0 && menu.x + menu.width <= width);
        await page.screenshot({ path: `${world.artefacts}tools-${width}-rtl.png` });
        await page.keyboard.press("Escape");
        // The arrow to the left leads to the left.
        await page.locator("li.message").first().focus();
        await page.keyboard.press("a");
        const at = () => page.evaluate(() => document.activeElement.closest("[role=menu]") && document.activeElement.getBoundingClientRect().x);
        await eventually(async () => assert.ok(await at()));
        const before = await at();
        await page.keyboard.press("ArrowLeft");
        await eventually(async () => assert.ok((await at()) < before));
        await page.keyboard.press("Escape");
      }
      await page.goto(`${world.house.url}/#/settings`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.screenshot({ path: `${world.artefacts}settings-${width}-rtl.png` });
      await accessible(page, `settings in Arabic at ${width}`);
    }
  },

  "every language opens a room, with its own times and plural forms": async (world) => {
    const { ada, room } = await garden(world);
    const members = { es: "2 personas", zh: "2 人", ja: "2 人", fr: "2 personnes" };
    for (const [locale, words] of Object.entries(members)) {
      const page = await inLanguage(world, ada, locale);
      await page.goto(`${world.house.url}/#/room/${room.id}`);
      await page.getByText("Good morning").waitFor();
      await page.keyboard.press("Control+k");
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: /Añadir una sala|添加房间|ルームを追加|Ajouter un salon/ }).click();
      await page.getByRole("menuitem", { name: /Salas públicas|公开房间|公開ルーム|Salons publics/ }).click();
      await page.getByRole("dialog").getByText(words).waitFor();
      await accessible(page, `public rooms in ${locale}`);
    }
  },
};
