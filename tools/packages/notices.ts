// The licences of the npm packages whose code a bundle carries: their texts have to go with it.

import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const root = dirname(dirname(import.meta.dirname));
const licenceFile = /^(licen[cs]e|copying|notice)/i;
/** Packages that say it in their README alone. */
const inReadme: Readonly<Record<string, string>> = { precond: "MIT" };

interface Notice {
  readonly title: string;
  readonly licence: string;
  readonly text: string;
}

/** `packages`: folders from the root. */
export async function noticesOf(packages: readonly string[]): Promise<string> {
  const notices = await Promise.all(packages.map(noticeOf));
  return [
    "This package carries code of others, under the licences below.\n",
    ...notices.map(({ title, licence, text }) => `${"-".repeat(80)}\n${title} (${licence})\n\n${text.trim()}\n`),
  ].join("\n");
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  /** As package.json had it once. */
  readonly licenses?: readonly { readonly type: string }[];
  readonly author?: string | { readonly name?: string };
}

async function noticeOf(folder: string): Promise<Notice> {
  const { name, version, license, licenses, author } = JSON.parse(
    await readFile(join(root, folder, "package.json"), "utf8"),
  ) as Manifest;
  const files = (await readdir(join(root, folder))).filter((file) => licenceFile.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(root, folder, file), "utf8")));
  const licence = license ?? licenses?.map(({ type }) => type).join(" or ") ?? inReadme[name];
  if (licence === undefined && texts.length === 0) throw new Error(`${folder} does not say under which licence it is`);
  const holder = typeof author === "string" ? author : author?.name;
  // Some packages name their licence and leave its text out.
  const text = texts.length > 0 ? texts.join("\n") : `Copyright ${holder ?? `the authors of ${name}`}`;
  return { title: `${name} ${version}`, licence: licence ?? "its own terms", text };
}
