// The client's types and the gateway's schemas describe one thing twice; here the compiler holds them equal, field by
// field. A difference is an error of `tsc`, not of the test run.

import type * as client from "@flowfusion/client";
import type { Static } from "typebox";
import { Compile } from "typebox/compile";
import { expect, expectTypeOf, test } from "vitest";
import { testArtefact } from "../testkit/artefact.ts";
import { startTestGateway } from "../testkit/test-gateway.ts";
import * as access from "./access-schemas.ts";
import type * as connections from "./connection-schemas.ts";
import type * as deadLetters from "./dead-letter-schemas.ts";
import type * as drafts from "./draft-schemas.ts";
import type * as drivers from "./driver-schemas.ts";
import type * as layouts from "./layout-schemas.ts";
import type * as live from "./live-schemas.ts";
import type * as nodeTypes from "./node-type-schemas.ts";
import * as schemas from "./schemas.ts";

/** The type without `readonly`, which JSON does not have; what is optional stays so. */
type Plain<T> = T extends string | number | boolean | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : { -readonly [Key in keyof T]: Plain<T[Key]> };

// Each line is checked by `tsc`; there is nothing to run.
expectTypeOf<Plain<schemas.FlowStatus>>().toEqualTypeOf<Plain<client.FlowStatus>>();
expectTypeOf<Plain<schemas.FlowVersion>>().toEqualTypeOf<Plain<client.FlowVersion>>();
expectTypeOf<Plain<schemas.FlowVersionDetail>>().toEqualTypeOf<Plain<client.FlowVersionDetail>>();
expectTypeOf<Plain<schemas.FlowOptions>>().toEqualTypeOf<Plain<client.FlowOptions>>();
expectTypeOf<Plain<schemas.FlowPage>>().toEqualTypeOf<Plain<client.Page<client.FlowStatus>>>();
expectTypeOf<Plain<schemas.VersionPage>>().toEqualTypeOf<Plain<client.Page<client.FlowVersion>>>();
expectTypeOf<Plain<schemas.StatsPage>>().toEqualTypeOf<Plain<client.Page<client.FlowStats>>>();
expectTypeOf<Plain<schemas.PageQuery>>().toEqualTypeOf<Plain<client.PageQuery>>();
expectTypeOf<Plain<schemas.ArtefactInfo>>().toEqualTypeOf<Plain<client.ArtefactInfo>>();
expectTypeOf<Plain<schemas.GatewayInfo>>().toEqualTypeOf<Plain<client.GatewayInfo>>();
expectTypeOf<Plain<access.TokenInfo>>().toEqualTypeOf<Plain<client.TokenInfo>>();
expectTypeOf<Plain<Static<typeof access.TokenRequest>>>().toEqualTypeOf<Plain<client.TokenRequest>>();
expectTypeOf<Plain<Static<typeof access.NewToken>>>().toEqualTypeOf<Plain<client.NewToken>>();
expectTypeOf<Plain<Static<typeof access.AuditPage>>>().toEqualTypeOf<Plain<client.Page<client.AuditEntry>>>();
expectTypeOf<Plain<Static<typeof access.AuditVerdict>>>().toEqualTypeOf<Plain<client.AuditVerdict>>();
expectTypeOf<Plain<connections.ConnectionInfo>>().toEqualTypeOf<Plain<client.ConnectionInfo>>();
expectTypeOf<Plain<connections.ConnectionBody>>().toEqualTypeOf<Plain<client.ConnectionRequest>>();
expectTypeOf<Plain<connections.ConnectionChanged>>().toEqualTypeOf<Plain<client.ConnectionChanged>>();
expectTypeOf<Plain<schemas.RecorderStats>>().toEqualTypeOf<Plain<client.RecorderStats>>();
expectTypeOf<Plain<schemas.ReleaseInfo>>().toEqualTypeOf<Plain<client.ReleaseInfo>>();
expectTypeOf<Plain<Static<typeof schemas.ReleaseBundle>>>().toEqualTypeOf<Plain<client.ReleaseBundle>>();
expectTypeOf<Plain<drivers.DriverStatus>>().toEqualTypeOf<Plain<client.DriverStatus>>();
expectTypeOf<Plain<drivers.DriverPage>>().toEqualTypeOf<Plain<client.Page<client.DriverStatus>>>();
expectTypeOf<Plain<drivers.DriverBody>>().toEqualTypeOf<Plain<client.DriverDeclaration>>();
expectTypeOf<Plain<drivers.DriverLog>>().toEqualTypeOf<Plain<client.DriverLog>>();
expectTypeOf<Plain<drivers.DriverKinds>>().toEqualTypeOf<Plain<client.DriverKinds>>();
expectTypeOf<Plain<schemas.Problem>>().toEqualTypeOf<Plain<client.ProblemDocument>>();
expectTypeOf<Plain<Static<typeof schemas.FlowStats>>>().toEqualTypeOf<Plain<client.FlowStats>>();
expectTypeOf<Plain<nodeTypes.NodeType>>().toEqualTypeOf<Plain<client.NodeType>>();
expectTypeOf<Plain<nodeTypes.ModuleInspection>>().toEqualTypeOf<Plain<client.ModuleInspection>>();
expectTypeOf<Plain<live.LiveUpdate>>().toEqualTypeOf<Plain<client.LiveUpdate>>();
expectTypeOf<Plain<live.LiveFlow>>().toEqualTypeOf<Plain<client.LiveFlow>>();
expectTypeOf<Plain<layouts.Layout>>().toEqualTypeOf<Plain<client.FlowLayout>>();
expectTypeOf<Plain<drafts.FusedDraft>>().toEqualTypeOf<Plain<client.FusedDraft>>();
expectTypeOf<Plain<Static<typeof drafts.Comparison>>>().toEqualTypeOf<Plain<client.FlowComparison>>();
expectTypeOf<Plain<drafts.DraftEvent>>().toEqualTypeOf<Plain<client.DraftEvent>>();

expectTypeOf<Plain<schemas.DryRun>>().toEqualTypeOf<Plain<client.DryRun>>();
expectTypeOf<Plain<schemas.Deployment>>().toEqualTypeOf<Plain<client.Deployment>>();
expectTypeOf<Plain<deadLetters.DeadLetter>>().toEqualTypeOf<Plain<client.DeadLetter>>();
expectTypeOf<Plain<Static<typeof deadLetters.ReplayReport>>>().toEqualTypeOf<Plain<client.ReplayReport>>();
expectTypeOf<Plain<schemas.Development>>().toEqualTypeOf<Plain<client.Development>>();
expectTypeOf<Plain<schemas.TraceStep>>().toEqualTypeOf<Plain<client.TraceStep>>();
expectTypeOf<Plain<schemas.ModuleInfo>>().toEqualTypeOf<Plain<client.ModuleInfo>>();

test("the answers are of the shapes that the OpenAPI document promises", async () => {
  await using peer = await startTestGateway();
  await peer.deploy("boiler", 1, { "if-none-match": "*" });
  const refused = await peer.deploy("boiler", 2, { "if-match": '"7"' });
  const promised = [
    ["/v1/gateway", schemas.GatewayInfo],
    ["/v1/recorder", schemas.RecorderStats],
    ["/v1/flows", schemas.FlowPage],
    ["/v1/stats", schemas.StatsPage],
    ["/v1/flows/boiler", schemas.FlowStatus],
    ["/v1/flows/boiler/versions", schemas.VersionPage],
    ["/v1/flows/boiler/stats", schemas.FlowStats],
    ["/v1/tokens", access.TokenList],
    ["/v1/session", access.SessionInfo],
    ["/v1/audit", access.AuditPage],
    ["/v1/audit/verdict", access.AuditVerdict],
  ] as const;
  for (const [path, schema] of promised) {
    const answer: unknown = await (await peer.request("GET", path)).json();
    expect([path, Compile(schema).Errors(answer)]).toEqual([path, []]);
  }
  const { wasm, digest } = testArtefact(1);
  const headers = { "content-type": "application/wasm" };
  const upload = await peer.request("PUT", `/v1/artefacts/${digest}`, { body: wasm, headers });
  expect(Compile(schemas.ArtefactInfo).Errors(await upload.json())).toEqual([]);
  expect(Compile(schemas.Problem).Errors(await refused.json())).toEqual([]);
});
