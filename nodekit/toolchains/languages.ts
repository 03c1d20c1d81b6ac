// The languages with a kit. What tells them apart is in one file each; the rest of this workspace asks nothing.

import type { Language } from "./language.ts";
import { assemblyScript } from "./languages/assemblyscript.ts";
import { c } from "./languages/c.ts";
import { go } from "./languages/go.ts";
import { rust } from "./languages/rust.ts";
import { rustComponent } from "./languages/rust-component.ts";
import { zig } from "./languages/zig.ts";

export const languages: readonly Language[] = [assemblyScript, c, rust, rustComponent, go, zig];

export const languageNames: readonly string[] = languages.map(({ name }) => name);

export function languageOf(name: string): Language | undefined {
  return languages.find((language) => language.name === name);
}
