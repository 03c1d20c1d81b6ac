// What svelte-check and Vite both read: every component is written with runes.

export default { compilerOptions: { runes: true } };
