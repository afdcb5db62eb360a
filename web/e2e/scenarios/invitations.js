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
};
