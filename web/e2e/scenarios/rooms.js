// Owns the scenes of rooms: finding, joining, renaming, leaving, being put out; and direct conversations.
import assert from "node:assert/strict";
import { accessible } from "../axe.js";
import { Line } from "../line.js";
import { eventually, Person } from "../people.js";

export const scenarios = {
  "a public room is found and joined, renamed, left, and deleted": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const bo = await Person.arrive(world, "Bo");
    await ada.tab.createRoom("garden");
    await bo.tab.side.getByRole("button", { name: "Add a room" }).click();
    await bo.tab.page.getByRole("menuitem", { name: "Public rooms" }).click();
    const dialog = bo.tab.page.getByRole("dialog");
    await dialog.getByText("garden").waitFor();
    await accessible(bo.tab.page, "public rooms");
    await dialog.getByRole("button", { name: "Join garden" }).click();
    await bo.tab.isIn("garden");
    await ada.tab.page.getByRole("button", { name: "Room menu" }).click();
    await ada.tab.page.getByRole("menuitem", { name: "About this room" }).click();
    const about = ada.tab.page.getByRole("dialog");
    await about.getByLabel("Name").fill("orchard");
    await about.getByLabel("Topic").fill("Apples and pears");
    await accessible(ada.tab.page, "about a room");
    await about.getByRole("button", { name: "Save" }).click();
    await bo.tab.isIn("orchard");
    await bo.tab.page.getByText("Apples and pears").first().waitFor();
    await bo.tab.page.getByRole("button", { name: "Room menu" }).click();
    await bo.tab.page.getByRole("menuitem", { name: "Leave room" }).click();
    await bo.tab.link("orchard").waitFor({ state: "detached" });
    await ada.tab.log.getByText("Bo left").waitFor();
    await ada.tab.page.getByRole("button", { name: "Room menu" }).click();
    await ada.tab.page.getByRole("menuitem", { name: "About this room" }).click();
    await about.getByRole("button", { name: "Delete room" }).click();
    await about.getByRole("button", { name: "Delete for ever" }).click();
    await ada.tab.link("orchard").waitFor({ state: "detached" });
  },

  "who changes a room's topic leaves the name that somebody else gave it meanwhile": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const id = await ada.tab.createRoom("garden");
    await ada.tab.page.getByRole("button", { name: "Room menu" }).click();
    await ada.tab.page.getByRole("menuitem", { name: "About this room" }).click();
    const about = ada.tab.page.getByRole("dialog");
    await about.getByLabel("Topic").fill("Apples and pears");
    await ada.api("PATCH", `/rooms/${id}`, { cid: crypto.randomUUID(), name: "orchard" });
    await ada.tab.isIn("orchard");
    await about.getByRole("button", { name: "Save" }).click();
    await about.waitFor({ state: "detached" });
    const { name, topic } = await ada.api("GET", `/rooms/${id}`);
    assert.deepEqual([name, topic], ["orchard", "Apples and pears"]);
  },

  "somebody who is put out hears it and is led back": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const bo = await Person.arrive(world, "Bo");
    const { id, code } = await ada.api("POST", "/rooms", { cid: crypto.randomUUID(), name: "garden", kind: "private" });
    await bo.tab.joinByCode(code);
    await bo.tab.isIn("garden");
    await ada.tab.openRoom("garden");
    await bo.tab.page.evaluate(() => {
      globalThis.said = "";
      const watcher = new MutationObserver(() => (globalThis.said += document.body.innerText));
      watcher.observe(document.body, { childList: true, subtree: true, characterData: true });
    });
    await bo.tab.box.pressSequentially("half a thought");
    const people = ada.tab.page.getByRole("complementary", { name: "People" });
    await people.getByRole("button", { name: "What to do with Bo" }).click();
    await ada.tab.page.getByRole("menuitem", { name: "Remove from the room" }).click();
    await bo.tab.page.getByText("You are no longer in garden").waitFor();
    await bo.tab.link("garden").waitFor({ state: "detached" });
    assert.doesNotMatch(await bo.tab.page.evaluate(() => globalThis.said), /There is no such room/, "it is explained once");
    await ada.tab.log.getByText("Ada removed Bo").waitFor();
    await bo.tab.page.goto(`${world.house.url}/#/room/${id}`);
    await bo.tab.page.getByText("There is no such room").waitFor();
    const { rooms } = await ada.api("GET", "/rooms");
    await bo.tab.joinByCode(rooms.find((room) => room.id === id).code);
    await bo.tab.isIn("garden");
    await eventually(async () => assert.equal(await bo.tab.box.inputValue(), "half a thought"));
  },

  "a conversation of several shows their faces": async (world) => {
    const [ada, bo, cy] = [await Person.arrive(world, "Ada"), await Person.arrive(world, "Bo"), await Person.arrive(world, "Cy")];
    const users = await Promise.all([bo, cy].map(async (one) => (await one.api("GET", "/profile")).id));
    const group = await ada.api("POST", "/direct", { cid: crypto.randomUUID(), users });
    await ada.tab.page.goto(`${world.house.url}/#/room/${group.id}`);
    await ada.tab.isIn(/Bo|Cy/);
    assert.equal(await ada.tab.page.locator("header .faces .avatar").count(), 2);
    assert.match(await ada.tab.link(/Bo/).innerText(), /^2\s/);
    await accessible(ada.tab.page, "a conversation of three");
  },

  "a conversation with a subject is opened, read, hidden, and comes back": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const bo = await Person.arrive(world, "Bo");
    await ada.tab.side.getByRole("button", { name: "New conversation" }).click();
    const dialog = ada.tab.page.getByRole("dialog");
    await dialog.getByLabel("Find people").fill(bo.username);
    await dialog.getByRole("listitem").filter({ hasText: bo.username }).click();
    await dialog.getByLabel("Subject (optional)").fill("Saturday");
    await accessible(ada.tab.page, "a new conversation");
    await dialog.getByRole("button", { name: "Open conversation" }).click();
    await ada.tab.isIn("Bo");
    await ada.tab.say("psst");
    await bo.tab.unread(/Ada/, 1);
    await bo.tab.openRoom(/Ada/);
    await bo.tab.sees("psst");
    await bo.tab.unread(/Ada/, 0);
    await bo.tab.page.getByRole("button", { name: "Room menu" }).click();
    await bo.tab.page.getByRole("menuitem", { name: "Hide conversation" }).click();
    await bo.tab.link(/Ada Saturday/).waitFor({ state: "detached" });
    await ada.tab.say("are you there?");
    await bo.tab.unread(/Ada/, 1);
  },

  "without a connection the dialogs of rooms say so and keep what was typed": async (world) => {
    const line = await Line.to(world.house.port);
    world.closers = [() => line.close()];
    const ada = await Person.arrive(world, "Ada", { line });
    const bo = await Person.arrive(world, "Bo");
    await bo.api("POST", "/rooms", { cid: crypto.randomUUID(), name: "orchard", kind: "public" });
    await ada.tab.createRoom("garden");
    const { page } = ada.tab;
    const dialog = page.getByRole("dialog");
    const begin = async (menu, entry) => {
      await page.getByRole("button", { name: menu, exact: true }).click();
      await page.getByRole("menuitem", { name: entry }).click();
    };
    line.cut();
    await page.getByText("Connecting again").waitFor();
    await begin("Room menu", "About this room");
    await dialog.getByLabel("Name").fill("glasshouse");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("There is no connection").waitFor();
    assert.equal(await dialog.getByLabel("Name").inputValue(), "glasshouse");
    await page.keyboard.press("Escape");
    await begin("Add a room", "Public rooms");
    await dialog.getByRole("alert").getByText("There is no connection").waitFor();
    line.mend();
    await dialog.getByText("orchard").waitFor();
    await dialog.getByRole("alert").waitFor({ state: "detached" });
    await dialog.getByRole("button", { name: "Join orchard" }).click();
    await ada.tab.isIn("orchard");
  },
};
