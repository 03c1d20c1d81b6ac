// flowfusion node new: a folder with a node to begin with.

import path from "node:path";
import { createNode, languageNames, languageOf, languages } from "@flowfusion/nodekit-toolchains";
import { type Command, exitCodes, onePositional, readArguments, UsageError } from "../../command.ts";

const help = `Usage: flowfusion node new NAME --lang LANGUAGE [--json]

Makes the folder NAME with a node that works: a moving average, its manifest, a table of tests, and the kit of the
language. NAME is the node type: a lower-case letter, then a-z, 0-9, _ and -; a path may lead to it.

Options:
  -l, --lang LANGUAGE  ${languages.map(({ name, title }) => `${name} (${title})`).join(", ")}
      --json           print the result as one JSON line
  -h, --help           print this help
`;

export const newCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      lang: { type: "string", short: "l" },
      json: { type: "boolean", default: false },
    });
    const folder = onePositional(positionals, "NAME");
    if (values.lang === undefined) throw new UsageError(`--lang is missing: one of ${languageNames.join(", ")}`);
    const language = languageOf(values.lang);
    if (!language) throw new UsageError(`--lang ${values.lang}: one of ${languageNames.join(", ")} expected`);
    const name = path.basename(folder);
    const files = await createNode({ path: folder, name, language });
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ folder, name, language: language.name, files })}\n`
        : `${folder}: a node in ${language.title} (${files.join(", ")})\nNext: flowfusion node build ${folder} && flowfusion node test ${folder}\n`,
    );
    return exitCodes.ok;
  },
};
