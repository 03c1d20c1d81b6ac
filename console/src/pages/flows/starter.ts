// The first flow, to be copied: the program for this gateway, and what to type.

export function starterProgram(endpoint: string): string {
  return `import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

new ff.Flow("boiler", {
  gateway: {
    endpoint: "${endpoint}",
    token: config.requireSecret("token"),
  },
  nodes: {
    temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
    hot: ff.filter({ op: ">", value: 90 }),
    alarms: ff.file({ path: "alarms.jsonl" }),
  },
  wires: (n) => [n.temps.out.to(n.hot.in), n.hot.pass.to(n.alarms.in)],
});
`;
}

export const starterCommands = `pulumi config set --secret token
pulumi preview
pulumi up`;
