// Every limit of the graph model, per flow unless it says otherwise. A graph beyond a limit is refused whole, with
// both numbers in the message; nothing is cut silently. The gateway's limits on running flows live with the engine.

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

export const graphLimits = {
  /** Characters of a node id, port name or flow name. */
  idCharsMax: 63,
  /** Each node keeps a memory of its own, and one artefact may hold 513 of them: the flow's own is one. */
  nodesMax: 512,
  wiresMax: 8_000,
  /** Input ports of a node, and output ports of a node: what one byte of glue dispatch and people's eyes can follow. */
  portsPerSideMax: 4,
  /** Properties of one node, as JSON text in UTF-8. Holds 1,000 tag patterns of 1,000 bytes. */
  propsBytesMax: 1 * mebibyte,
  /** Characters of one property name. */
  propNameCharsMax: 255,
  /** Levels of lists and objects inside one node's properties, the properties object itself being the first. */
  propDepthMax: 32,
  /** An encoded graph. */
  graphBytesMax: 4 * mebibyte,
  /** One module's manifest, as JSON text in UTF-8. */
  manifestBytesMax: 256 * kibibyte,
  /** Versions of node state count upwards from here to there. */
  stateVersionMax: 0xffff_ffff,
  /** Problems written out in full; the rest is counted. */
  diagnosticsMax: 100,
} as const;
