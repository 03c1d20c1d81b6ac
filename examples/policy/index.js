// The rule as a policy pack, which Pulumi runs in each preview and again in each up, before a resource is touched:
//
//   pulumi preview --policy-pack <this folder> --policy-pack-config <this folder>/policy.json
//
// In JavaScript, as Pulumi compiles packs in TypeScript to CommonJS; Node.js 24 runs the TypeScript of the rule as it is.

import { PolicyPack } from "@pulumi/policy";
import { problemsOf } from "./rules.ts";

const listOfText = { type: "array", items: { type: "string" } };

new PolicyPack("flowfusion-policy", {
  policies: [
    {
      name: "known-hosts",
      description: "Sinks and connections lead to known hosts alone.",
      enforcementLevel: "mandatory",
      configSchema: { properties: { hosts: listOfText, forbiddenSinks: listOfText }, required: ["hosts"] },
      validateResource(resource, report) {
        const problems = problemsOf(resource.type, resource.props, resource.getConfig());
        for (const problem of problems) report(`${resource.name}${problem}.`);
      },
    },
  ],
});
