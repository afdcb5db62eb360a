// Owns the entry: the page's language, its styles, and the one component.
import "../ui/tokens.css";
import "../ui/page.css";
import "./lists.css";
import { mount } from "svelte";
import { session } from "../sync/session.svelte";
import { keepShell } from "./offline";
import { getLocale } from "../texts/runtime.js";
import App from "./App.svelte";

document.documentElement.lang = getLocale();
void session.start();
void keepShell();

const target = document.getElementById("app");
if (target) mount(App, { target });
