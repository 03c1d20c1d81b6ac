// getGateway: what a gateway says of itself.

import { checkAccess } from "../access.ts";
import { gatewayLimitNames } from "../gateway/inputs.ts";
import { clientFor, type ProviderFunction, present } from "./function.ts";

export const getGateway: ProviderFunction = {
  token: "flowfusion:index:getGateway",
  argumentNames: ["gateway"],
  check: ({ gateway }) => checkAccess(gateway),
  async call(given, signal) {
    const { id, version, startedAt, addresses, flows, limits, storage } = await clientFor(given).gateway({ signal });
    return present({
      ...{ identity: id, version, startedAt, addresses, flows },
      limits: Object.fromEntries(gatewayLimitNames.map((name) => [name, limits[name]])),
      isWritable: storage.isWritable,
    });
  },
};
