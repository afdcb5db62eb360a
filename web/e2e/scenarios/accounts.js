// Owns the scenes at the door: registering, signing in and out, settings.
import assert from "node:assert/strict";
import { accessible } from "../axe.js";
import { eventually, PASSWORD, Person } from "../people.js";

export const scenarios = {
  "a wrong password and a taken name are said in words": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const context = await world.browser.newContext({ locale: "en-GB" });
    world.contexts.push(context);
    const page = await context.newPage();
    await page.goto(world.house.url);
    await accessible(page, "sign-in");
    await page.getByLabel("User name").fill(ada.username);
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("do not fit together").waitFor();
    await accessible(page, "sign-in with an error");
    await page.getByRole("link", { name: "Make an account" }).click();
    await page.getByLabel("User name").fill(ada.username.toUpperCase());
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Make account" }).click();
    await page.getByText("already has this user name").waitFor();
    await accessible(page, "register");
    await page.goto(`${world.house.url}/#/register?invitation=NOSUCHCODE`);
    await page.getByText("You were invited").waitFor();
  },

  "signing out in one tab signs out the other": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const second = await ada.newTab();
    await second.side.waitFor();
    await ada.tab.side.getByRole("button", { name: "Your menu" }).click();
    await ada.tab.page.getByRole("menuitem", { name: "Sign out" }).click();
    await ada.tab.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await second.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await second.page.getByText("You were signed out").waitFor();
    await second.page.getByLabel("User name").fill(ada.username);
    await second.page.getByLabel("Password").fill(PASSWORD);
    await second.page.getByRole("button", { name: "Sign in" }).click();
    await second.side.waitFor();
  },

  "a new name is seen everywhere, a session can be ended from another": async (world) => {
    const ada = await Person.arrive(world, "Ada");
    const bo = await Person.arrive(world, "Bo");
    const { code } = await ada.api("POST", "/rooms", { cid: crypto.randomUUID(), name: "garden", kind: "private" });
    await bo.tab.joinByCode(code);
    await bo.tab.isIn("garden");
    await bo.tab.say("hello");
    await ada.tab.openRoom("garden");
    await ada.tab.sees("hello");
    const phone = await bo.signInElsewhere();
    await phone.page.getByRole("link", { name: /Bo/ }).last().click();
    await phone.page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    await phone.page.getByLabel("Display name").fill("Bo the Builder");
    await phone.page.getByRole("button", { name: "Save" }).click();
    await phone.page.getByRole("textbox", { name: "Status" }).fill("On the roof");
    await phone.page.getByRole("button", { name: "Set status" }).click();
    await ada.tab.log.getByText("Bo the Builder").first().waitFor();
    await ada.tab.page.getByText("On the roof").waitFor();
    await accessible(phone.page, "settings");
    const sessions = phone.page.getByRole("region", { name: "Sessions" }).getByRole("listitem");
    await eventually(async () => assert.equal(await sessions.count(), 2));
    await sessions.getByRole("button", { name: "Sign out" }).click();
    await bo.tab.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await phone.page.getByLabel("Current password").fill("wrong");
    await phone.page.getByLabel("New password").fill("another good password");
    await phone.page.getByRole("button", { name: "Change password" }).click();
    await phone.page.getByText("not your current password").waitFor();
    await phone.page.getByLabel("Current password").fill(PASSWORD);
    await phone.page.getByRole("button", { name: "Change password" }).click();
    await phone.page.getByText("The password was changed").waitFor();
  },
};
