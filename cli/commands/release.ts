// flowfusion release: signing what gateways may run.

import { type ReleaseBundle, readArtefact, readPublisher, signRelease, verifyRelease } from "@flowfusion/fusion";
import { FlowFusionError, parseFlowName, sha256 } from "@flowfusion/graph";
import {
  type Command,
  type CommandGroup,
  exitCodes,
  onePositional,
  parseCount,
  readArguments,
  UsageError,
} from "../command.ts";
import { namingFile, readInput, readJson, writeOutput } from "../files.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../gateway-client.ts";

const signCommand: Command = {
  help: `Usage: flowfusion release sign FLOW.WASM --flow NAME --release NUMBER --key FILE [--out FILE] [--json]

Signs that an artefact is release NUMBER of a flow. The bundle lies beside the artefact, which is not changed. A gateway that
pins the key runs it as that flow, and afterwards nothing with a lower number.

Options:
      --flow NAME       the name of the flow on the gateways
      --release NUMBER  from 1, higher with each release of the flow
      --key FILE        an Ed25519 private key in PEM: openssl genpkey -algorithm ed25519 -out FILE
      --out FILE        where the bundle goes (default: FLOW.WASM.bundle)
      --json            print one JSON document
  -h, --help            print this help
`,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      flow: { type: "string" },
      release: { type: "string" },
      key: { type: "string" },
      out: { type: "string" },
      json: { type: "boolean", default: false },
    });
    const file = onePositional(positionals, "Flow.wasm");
    if (values.flow === undefined || values.release === undefined || values.key === undefined)
      throw new UsageError("--flow, --release and --key are needed");
    const number = parseCount("--release", values.release);
    if (number === 0) throw new UsageError("--release 0: releases count from 1");
    const wasm = await readInput(file);
    await namingFile(file, async () => readArtefact(wasm));
    const release = { flow: parseFlowName(values.flow), artefact: sha256(wasm), number };
    const bundle = await withKey(values.key, (pem) => signRelease(release, pem));
    const out = values.out ?? `${file}.bundle`;
    await writeOutput(out, Buffer.from(`${JSON.stringify(bundle, null, 2)}\n`));
    say(
      values.json,
      { ...release, bundle: out },
      `${out}: ${release.artefact} is release ${number} of ${release.flow}`,
    );
    return exitCodes.ok;
  },
};

const verifyCommand: Command = {
  help: `Usage: flowfusion release verify FLOW.WASM --publisher FILE [--bundle FILE] [--json]

Checks a bundle against an artefact and a publisher's key, and prints what it says.

Options:
      --publisher FILE  the Ed25519 public key in PEM: openssl pkey -in PRIVATE -pubout
      --bundle FILE     the bundle (default: FLOW.WASM.bundle)
      --json            print one JSON document
  -h, --help            print this help
`,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      publisher: { type: "string" },
      bundle: { type: "string" },
      json: { type: "boolean", default: false },
    });
    const file = onePositional(positionals, "Flow.wasm");
    if (values.publisher === undefined) throw new UsageError("--publisher is needed");
    const digest = sha256(await readInput(file));
    const bundle = await readBundle(values.bundle ?? `${file}.bundle`);
    const release = verifyRelease(bundle, [await withKey(values.publisher, readPublisher)]);
    if (release.artefact !== digest) {
      throw new FlowFusionError("FF_RELEASE_UNTRUSTED", `the bundle is of ${release.artefact}, ${file} is ${digest}`);
    }
    const { flow, number, publisher } = release;
    say(values.json, release, `${digest} is release ${number} of ${flow}, signed by ${publisher}`);
    return exitCodes.ok;
  },
};

const uploadCommand: Command = {
  help: `Usage: flowfusion release upload FLOW.WASM [--bundle FILE] [--json]

Puts an artefact and its bundle into a gateway's store, from where the flow can be deployed.

Options:
      --bundle FILE     the bundle (default: FLOW.WASM.bundle)
      --json            print one JSON document
${gatewayOptionsHelp}
  -h, --help            print this help
`,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      bundle: { type: "string" },
      json: { type: "boolean", default: false },
    });
    const file = onePositional(positionals, "Flow.wasm");
    const bundle = await readBundle(values.bundle ?? `${file}.bundle`);
    const client = gatewayClient(values);
    const { digest } = await client.uploadArtefact(new Uint8Array(await readInput(file)));
    const uploaded = await client.uploadRelease(digest, bundle);
    say(values.json, uploaded, `${digest}: release ${uploaded.release} of ${uploaded.flow}`);
    return exitCodes.ok;
  },
};

export const releaseCommands: CommandGroup = {
  commands: [
    { name: "sign", summary: "sign an artefact as a release of a flow", load: async () => signCommand },
    { name: "verify", summary: "check a signed release", load: async () => verifyCommand },
    { name: "upload", summary: "put a signed release into a gateway's store", load: async () => uploadCommand },
  ],
};

function say(asJson: boolean, document: object, line: string): void {
  process.stdout.write(asJson ? `${JSON.stringify(document)}\n` : `${line}\n`);
}

/** An error of the key's names its file. */
async function withKey<T>(file: string, use: (pem: string) => T): Promise<T> {
  const pem = new TextDecoder().decode(await readInput(file));
  return namingFile(file, async () => use(pem));
}

async function readBundle(file: string): Promise<ReleaseBundle> {
  const bundle = (await readJson(file)) as Partial<ReleaseBundle> | null;
  const isBundle =
    typeof bundle?.payload === "string" && Array.isArray(bundle.signatures) && bundle.signatures.every(isSignature);
  if (!isBundle) throw new FlowFusionError("FF_RELEASE_UNTRUSTED", `${file} is no bundle: a DSSE envelope is expected`);
  return bundle as ReleaseBundle;
}

function isSignature(given: Partial<ReleaseBundle["signatures"][number]> | null): boolean {
  return typeof given?.sig === "string" && typeof given.keyid === "string";
}
