/** A text of a device or a library, with what would steer a terminal made visible. */
export const printable = (text: string): string =>
  text.replaceAll(/[^\P{Cc}\t\n]/gu, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`);
