// A node as a picture: a box with its name, inputs on the left, outputs on the right, coloured by type. Legible on a light
// and on a dark page.

import type { NodeManifest, PortSpec, PortType } from "@flowfusion/graph";

const colours: Record<PortType, string> = { tag: "#2f81f7", message: "#bf7d0a", any: "#6e7781" };
const rowHeight = 26;
const topHeight = 34;
const boxLeft = 96;
const characterWidth = 7.2;

export function portPicture({ name, inputs, outputs, subscribes, delivers }: NodeManifest): string {
  const left = subscribes ? ["tags"] : inputs.map((port) => port.name);
  const right = delivers ? [delivers.to] : outputs.map((port) => port.name);
  const rows = Math.max(left.length, right.length, 1);
  const longest = (labels: readonly string[]) => Math.max(0, ...labels.map((label) => label.length));
  const boxWidth = Math.ceil(
    Math.max(name.length + 4, longest(inputs.map(label)) + longest(outputs.map(label)) + 5) * characterWidth,
  );
  const height = topHeight + rows * rowHeight + 10;
  const width = boxLeft * 2 + boxWidth;
  const boxRight = boxLeft + boxWidth;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="ui-monospace, monospace" font-size="12">`,
    `  <title>${name}</title>`,
    `  <rect x="${boxLeft}" y="1" width="${boxWidth}" height="${height - 2}" rx="6" fill="#f6f8fa" stroke="#8c959f"/>`,
    `  <path d="M${boxLeft} ${topHeight - 6}H${boxRight}" stroke="#8c959f"/>`,
    `  <text x="${boxLeft + boxWidth / 2}" y="19" text-anchor="middle" font-weight="bold" fill="#1f2328">${name}</text>`,
    ...inputs.map((port, row) => portShape(port, row, boxLeft, "start")),
    ...outputs.map((port, row) => portShape(port, row, boxRight, "end")),
    ...(subscribes ? [outside("tags", boxLeft, "end")] : []),
    ...(delivers ? [outside(delivers.to, boxRight, "start")] : []),
    "</svg>",
  ].join("\n")}\n`;
}

const label = ({ name, optional }: PortSpec): string => (optional ? `${name}?` : name);

/** A port on the edge at `x`, its name inside the box and its type outside. */
function portShape(port: PortSpec, row: number, x: number, anchor: "start" | "end"): string {
  const y = topHeight + row * rowHeight + rowHeight / 2;
  const inward = anchor === "start" ? 1 : -1;
  const outward = anchor === "start" ? "end" : "start";
  const colour = colours[port.type];
  return [
    `  <path d="M${x} ${y}h${-28 * inward}" stroke="${colour}" stroke-width="2"/>`,
    `  <circle cx="${x}" cy="${y}" r="5" fill="${colour}"/>`,
    `  <text x="${x + 12 * inward}" y="${y + 4}" text-anchor="${anchor}" fill="#1f2328">${label(port)}</text>`,
    `  <text x="${x - 34 * inward}" y="${y + 4}" text-anchor="${outward}" fill="${colour}">${port.type}</text>`,
  ].join("\n");
}

/** What a node is connected with that is no port: the gateway's tags, a sink. */
function outside(text: string, x: number, anchor: "start" | "end"): string {
  const y = topHeight + rowHeight / 2;
  const outward = anchor === "end" ? -1 : 1;
  return [
    `  <path d="M${x} ${y}h${28 * outward}" stroke="#8c959f" stroke-width="2" stroke-dasharray="4 3"/>`,
    `  <text x="${x + 34 * outward}" y="${y + 4}" text-anchor="${anchor}" fill="#6e7781">${text}</text>`,
  ].join("\n");
}
