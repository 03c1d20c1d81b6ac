// The world of wit/node.wit as wasm-tools prints it for a component. A component loses the names of package and world, so
// the version of the contract stands in the manifest. A test holds this text to wit/node.wit.

export const nodeWorld = `package root:component;

world root {
  record emission {
    port: u32,
    message: list<u8>,
  }

  export configure: func(props: list<u8>) -> result<_, string>;
  export handle: func(port: u32, message: list<u8>) -> list<emission>;
  export tick: func(now-ns: u64) -> list<emission>;
  export save-state: func() -> list<u8>;
  export load-state: func(state: list<u8>) -> result<_, string>;
}
`;

/** What a component's world has that the node world has not, and the other way round; empty when they are the same. */
export function worldProblems(world: string): string[] {
  const actual = partsOf(world);
  const expected = partsOf(nodeWorld);
  return [
    ...actual.filter((part) => !expected.includes(part)).map((part) => `has \`${part}\`, which the node world has not`),
    ...expected.filter((part) => !actual.includes(part)).map((part) => `lacks \`${part}\` of the node world`),
  ];
}

/** Statements of the world, each on one line: the order of imports and exports does not matter, that of fields does. */
function partsOf(world: string): string[] {
  const joined = world.replaceAll(/\{[^{}]*\}/g, (block) => block.replaceAll(/\s+/g, " "));
  return joined
    .split("\n")
    .map((line) => line.trim().replaceAll(/\s+/g, " "))
    .filter((line) => line !== "" && line !== "}");
}
