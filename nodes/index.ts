export { builtinCatalog } from "./catalog.ts";
