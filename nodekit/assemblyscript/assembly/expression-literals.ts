// Only modules with expressions have this: what lies behind it in memory lies on another page than what is before it.

/** Room for the texts that stand in expressions, where fusion lays them. Bytes. */
export const expression_literals_bytes: usize = 24 * 1024;
export const expression_literals: usize = memory.data(expression_literals_bytes, 8);
