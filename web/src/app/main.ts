// Owns the entry: the page's language and its direction, its styles, and the one component.
import "../sync/early";
import "../ui/tokens.css";
import "../ui/page.css";
import "./lists.css";
import { mount } from "svelte";
import { loadTexts } from "virtual:texts";
import { session } from "../sync/session.svelte";
import { getLocale, getTextDirection } from "../texts/runtime.js";
import { warmClock } from "../ui/clock.svelte";
import { keepShell } from "./offline.svelte";
import { fitPhone } from "./phone";
import App from "./App.svelte";

const ready = loadTexts(getLocale());
document.documentElement.lang = getLocale();
document.documentElement.dir = getTextDirection();
void session.start();
void keepShell();
fitPhone();
setTimeout(warmClock);
await ready;

const target = document.getElementById("app");
if (target) mount(App, { target });
