// The version of this gateway, from its package.

import packageJson from "./package.json" with { type: "json" };

export const gatewayVersion: string = packageJson.version;
