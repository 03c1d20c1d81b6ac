// Where the page begins.

import { mount } from "svelte";
import App from "./app/App.svelte";
import { startTheme } from "./app/theme.svelte.ts";
import "./app.css";

startTheme();
mount(App, { target: document.body });
