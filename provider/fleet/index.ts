// FlowFleet for programs in any language: the engine asks the provider for the resources that the component consists of. They
// are the same, by the same names, as those that the TypeScript SDK's FlowFleet registers in the program itself.

import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import schema from "../../schema.json" with { type: "json" };
import { flowToken } from "../flow/index.ts";
import { ResourceMonitor } from "../wire/monitor.ts";
import { withoutRows } from "../wire/rows-place.ts";
import { fromStruct, settleOutputs, toStruct, unknownValue, type WireObject, type WireValue } from "../wire/values.ts";
import { fleetToken, planFleet } from "./plan.ts";

export { fleetToken } from "./plan.ts";

/** Registers the fleet and its flows, a wave when all of the one before are done. */
export async function constructFleet(request: providerPb.ConstructRequest): Promise<providerPb.ConstructResponse> {
  const name = request.getName();
  const plan = planFleet(name, settleOutputs(fromStruct(request.getInputs())) as WireObject);
  using monitor = new ResourceMonitor(request.getMonitorendpoint());
  const options = {
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    deletedWith: request.getDeletedwith(),
  };
  const isDropped = options.retainOnDelete === true || options.deletedWith !== "";
  const dependsOn = [...request.getDependenciesList(), ...dependenciesOf(request)];
  const fleet = await monitor.register({
    type: fleetToken,
    name,
    parent: request.getParent(),
    isCustom: false,
    inputs: {},
    dependsOn: request.getDependenciesList(),
    aliases: request.getAliasesList(),
    options,
  });
  const provider = (request.getProvidersMap().get("flowfusion") as string | undefined) ?? "";
  const digests: Record<string, WireValue> = {};
  const made: string[] = [];
  let before: readonly string[] = [];
  for (const wave of plan.waves) {
    before = await Promise.all(
      wave.map(async (gateway) => {
        const { urn, outputs } = await monitor.register({
          type: flowToken,
          name: `${name}/${gateway}`,
          parent: fleet.urn,
          isCustom: true,
          inputs: { ...plan.flows.get(gateway)!, ...(isDropped ? withoutRows : {}) },
          dependsOn: [...dependsOn, ...before],
          provider,
          version: schema.version,
          options,
        });
        digests[gateway] = outputs.digest ?? unknownValue;
        return urn;
      }),
    );
    made.push(...before);
  }
  const state = { waves: plan.waves, digests };
  await monitor.registerOutputs(fleet.urn, state);
  const response = new providerPb.ConstructResponse();
  response.setUrn(fleet.urn);
  response.setState(toStruct(state));
  const flows = new providerPb.ConstructResponse.PropertyDependencies();
  flows.setUrnsList(made);
  response.getStatedependenciesMap().set("digests", flows);
  return response;
}

function dependenciesOf(request: providerPb.ConstructRequest): string[] {
  const found = new Set<string>();
  request.getInputdependenciesMap().forEach((dependencies) => {
    for (const urn of dependencies.getUrnsList()) found.add(urn);
  });
  return [...found];
}
