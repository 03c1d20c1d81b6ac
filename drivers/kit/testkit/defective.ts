// Cannot be loaded.

const device: { readonly registers?: readonly number[] } = {};
const first = device.registers![0];

export const body = async (): Promise<void> => console.log(first);
