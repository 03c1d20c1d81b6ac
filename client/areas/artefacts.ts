// What flows are deployed from: artefacts, who signed them, and the modules of their nodes.

import type { Digest } from "@flowfusion/graph";
import type { ReleaseBundle, ReleaseInfo } from "../access-types.ts";
import type { CallOptions, Calls } from "../calls.ts";
import { digestOf } from "../digest.ts";
import { artefactPath, jsonHeaders } from "../requests.ts";
import type { ArtefactInfo } from "../types.ts";

export function artefactsCalls(calls: Calls) {
  return {
    /** Puts an artefact into the gateway's store, from where a flow can be deployed. Harmless to repeat. */
    async uploadArtefact(wasm: Uint8Array<ArrayBuffer>, call: CallOptions = {}): Promise<ArtefactInfo> {
      const headers = { "content-type": "application/wasm" };
      const path = artefactPath(await digestOf(wasm));
      return calls.json({ method: "PUT", path, headers, body: wasm }, call, true);
    },

    /** Whether the gateway holds the artefact, whole. */
    async hasArtefact(digest: Digest, call: CallOptions = {}): Promise<boolean> {
      return calls.has(artefactPath(digest), call);
    },

    async downloadArtefact(digest: Digest, call: CallOptions = {}): Promise<Uint8Array> {
      const bytes = await calls.bytes({ method: "GET", path: artefactPath(digest) }, call);
      const found = await digestOf(bytes);
      if (found !== digest) {
        throw calls.badAnswer(`GET ${artefactPath(digest)}`, `the bytes hash to ${found}`);
      }
      return bytes;
    },

    /** Tells the gateway that a publisher signed an artefact it holds. Harmless to repeat. */
    async uploadRelease(digest: Digest, bundle: ReleaseBundle, call: CallOptions = {}): Promise<ReleaseInfo> {
      const path = `${artefactPath(digest)}/bundle`;
      return calls.json({ method: "PUT", path, headers: jsonHeaders, body: JSON.stringify(bundle) }, call, true);
    },

    /** Puts node modules into the gateway's store that it does not have yet. */
    async uploadModules(
      modules: readonly { readonly digest: Digest; readonly wasm: Uint8Array }[],
      call: CallOptions = {},
    ): Promise<void> {
      const headers = { "content-type": "application/wasm" };
      for (const { digest, wasm } of modules) {
        const path = `/v1/modules/${digest}`;
        if (await calls.has(path, call)) continue;
        await calls.json({ method: "PUT", path, headers, body: Uint8Array.from(wasm) }, call, true);
      }
    },
  };
}
