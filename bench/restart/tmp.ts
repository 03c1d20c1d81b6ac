import { benchRestart, benchMemory } from "./bench.ts";
console.log(await benchMemory({flows:1000,shapes:4,repetitions:1}));
console.log(await benchRestart({flows:1000,shapes:4,repetitions:2}));
process.exit()
