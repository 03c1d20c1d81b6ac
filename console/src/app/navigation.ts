// What the sidebar leads to, in groups.

import Activity from "@lucide/svelte/icons/activity";
import Cable from "@lucide/svelte/icons/cable";
import CircleDot from "@lucide/svelte/icons/circle-dot";
import KeyRound from "@lucide/svelte/icons/key-round";
import MailWarning from "@lucide/svelte/icons/mail-warning";
import Plug from "@lucide/svelte/icons/plug";
import ScrollText from "@lucide/svelte/icons/scroll-text";
import Workflow from "@lucide/svelte/icons/workflow";
import type { Component } from "svelte";
import type { strings } from "../strings.ts";

interface Destination {
  readonly name: keyof typeof strings.shell.pages;
  readonly path: string;
  readonly icon: Component;
}

interface Group {
  readonly name: keyof typeof strings.shell.groups;
  readonly destinations: readonly Destination[];
}

export const groups: readonly Group[] = [
  {
    name: "run",
    destinations: [
      { name: "flows", path: "/flows", icon: Workflow },
      { name: "dead-letters", path: "/dead-letters", icon: MailWarning },
    ],
  },
  {
    name: "data",
    destinations: [
      { name: "drivers", path: "/drivers", icon: Plug },
      { name: "connections", path: "/connections", icon: Cable },
      { name: "recorder", path: "/recorder", icon: CircleDot },
    ],
  },
  {
    name: "system",
    destinations: [
      { name: "gateway", path: "/gateway", icon: Activity },
      { name: "tokens", path: "/tokens", icon: KeyRound },
      { name: "audit", path: "/audit", icon: ScrollText },
    ],
  },
];
