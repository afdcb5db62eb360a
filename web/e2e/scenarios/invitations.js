// Owns the scenes of an administrator who invites.
import assert from "node:assert/strict";
import { accessible } from "../axe.js";
import { eventually, Person } from "../people.js";

export const scenarios = {
  "an administrator invites, somebody comes by the link, and what is revoked lets nobody in": async (world) => {
    // The server answers a moment before its words have all been read.
    const setup = await eventually(async () => {
      const [, link] = /(#\/register\?\S+)/.exec(world.house.words) ?? [];
      assert.ok(link, `no link for the first administrator in:\n${world.house.words}`);
      return link;
    });
    const iris = await Person.arrive(world, "Iris", { way: setup });
    const { page } = iris.tab;
    await page.goto(`${world.house.url}/#/settings`);
    const section = page.getByRole("region", { name: "Invitations" });
    await section.getByText("No invitation can be used").waitFor();
    await section.getByLabel("How often it can be used").fill("2");
    await section.getByLabel("Lasts").selectOption("30");
    await section.getByRole("button", { name: "Make invitation" }).click();
    await section.getByRole("listitem").getByText("can be used 2 times").waitFor();
    await accessible(page, "invitations");
    await section.getByRole("button", { name: "Copy" }).click();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    const zoe = await Person.arrive(world, "Zoe", { way: new URL(link).hash });
    await zoe.tab.page.goto(`${world.house.url}/#/settings`);
    await zoe.tab.page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    assert.equal(await zoe.tab.page.getByRole("region", { name: "Invitations" }).count(), 0);
    await page.reload();
    await section.getByText("can be used once more").waitFor();
    await section.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await section.getByText("No invitation can be used").waitFor();
    const answer = await fetch(`${world.house.url}/api/v1/accounts`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: world.house.url },
      body: JSON.stringify({ username: "late", password: "a good password", invitation: new URLSearchParams(new URL(link).hash.split("?")[1]).get("invitation") }),
    });
    assert.equal((await answer.json()).code, "accounts.invitation_invalid");
  },

  "whoever has a way into a room and no account makes one, and goes on to the room": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const { code } = await ada.api("POST", "/rooms", { cid: crypto.randomUUID(), name: "cellar", kind: "private" });
    const context = await world.browser.newContext({ locale: "en-GB" });
    world.contexts.push(context);
    const page = await context.newPage();
    await page.goto(`${world.house.url}/#/join/${code}`);
    await page.getByRole("link", { name: "Make an account" }).click();
    await page.getByLabel("User name").fill("newcomer");
    await page.getByLabel("Password").fill("a good password");
    await page.getByRole("button", { name: "Make account" }).click();
    const dialog = page.getByRole("dialog", { name: "Join with a code" });
    await eventually(async () => assert.equal(await dialog.getByLabel("Join code").inputValue(), code));
    await dialog.getByRole("button", { name: "Join" }).click();
    await page.getByRole("heading", { level: 1, name: "cellar" }).waitFor();
    // Whoever comes after them was not led there.
    await page.getByRole("button", { name: "Your menu" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("link", { name: "Make an account" }).click();
    await page.getByLabel("User name").fill("nextcomer");
    await page.getByLabel("Password").fill("a good password");
    await page.getByRole("button", { name: "Make account" }).click();
    await page.getByRole("navigation", { name: "Rooms" }).waitFor();
    assert.equal(new URL(page.url()).hash, "#/");
  },
};
