// Owns the scenes of what somebody is doing, and until when.
import assert from "node:assert/strict";
import { accessible } from "../axe.js";
import { eventually, Person } from "../people.js";

const cid = () => crypto.randomUUID();

export const scenarios = {
  "a status is set with an end, the others see until when, and it ends by itself": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const bo = await Person.arrive(world, "Bo");
    const room = await ada.api("POST", "/rooms", { cid: cid(), name: "garden", kind: "public" });
    await bo.api("POST", `/rooms/${room.id}/join`, { cid: cid() });
    await ada.api("POST", `/rooms/${room.id}/messages`, { cid: cid(), text: "hello" });
    await ada.tab.side.getByRole("button", { name: "Your menu" }).click();
    await ada.tab.page.getByRole("menuitem", { name: "Your status" }).click();
    const dialog = ada.tab.page.getByRole("dialog", { name: "Your status" });
    await dialog.getByRole("button", { name: "At lunch" }).click();
    assert.equal(await dialog.getByLabel("For how long").inputValue(), "hour");
    await accessible(ada.tab.page, "a status");
    await dialog.getByRole("button", { name: "Set status" }).click();
    await dialog.waitFor({ state: "hidden" });
    await bo.tab.openRoom("garden");
    await bo.tab.page.getByText("🍽️ At lunch").waitFor();
    await bo.tab.log.getByRole("button", { name: "Ada" }).first().click();
    await bo.tab.page.getByRole("dialog").getByText(/^until \d/).waitFor();
    await accessible(bo.tab.page, "somebody with a status");
    await bo.tab.page.keyboard.press("Escape");
    const soon = new Date(Date.now() + 2_000).toISOString();
    await ada.api("PATCH", "/profile", { cid: cid(), status: "🎧 Focusing", status_until: soon });
    await bo.tab.page.getByText("🎧 Focusing").waitFor();
    await bo.tab.page.getByText("🎧 Focusing").waitFor({ state: "detached" });
    await eventually(async () => assert.match(await ada.tab.side.getByRole("link", { name: /Ada/ }).innerText(), new RegExp(`@${ada.username}`)));
    await ada.tab.page.goto(`${world.house.url}/#/settings`);
    const form = ada.tab.page.getByRole("region", { name: "Status" });
    await form.getByLabel("Status", { exact: true }).fill("Back soon");
    await form.getByRole("button", { name: "Set status" }).click();
    await bo.tab.page.getByText("Back soon").waitFor();
    await form.getByRole("button", { name: "Take it away" }).click();
    await bo.tab.page.getByText("Back soon").waitFor({ state: "detached" });
  },
};
