// What is said about a flow while it is watched.

export const liveText = {
  open: "Watch live",
  title: (flow: string) => `${flow}, live`,
  text: "Rates of the last quarter of a second, and the last value that was sampled at each node. The flow runs on fused.",
  notDeployed: "The flow has not been deployed yet",
  columns: { node: "Node", in: "In / s", out: "Out / s", fuel: "Fuel a message", value: "Last value" },
  table: "Nodes of the flow",
  none: "–",
  missing: (count: number) =>
    `${count} modules are not on the gateway, so no values can be shown. Upload them to see what messages do.`,
  lost: "The gateway does not answer; what you see is the last of it.",
  trapped: (cause: string) => `stopped the flow: ${cause}`,
};
