// Light, dark, or as the system is. The choice is the browser's, kept in its storage.

export type ThemeChoice = "light" | "dark" | "system";

export const themeChoices: readonly ThemeChoice[] = ["light", "dark", "system"];

const storageKey = "flowfusion.theme";
const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");

class Theme {
  #choice = $state<ThemeChoice>(readChoice());
  #isSystemDark = $state(systemIsDark.matches);
  readonly current = $derived(this.#choice === "system" ? (this.#isSystemDark ? "dark" : "light") : this.#choice);

  constructor() {
    systemIsDark.addEventListener("change", ({ matches }) => {
      this.#isSystemDark = matches;
      apply();
    });
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  set choice(choice: ThemeChoice) {
    this.#choice = choice;
    localStorage.setItem(storageKey, choice);
    apply();
  }
}

export const theme = new Theme();

export function startTheme(): void {
  apply();
}

function apply(): void {
  document.documentElement.dataset.theme = theme.current;
}

function readChoice(): ThemeChoice {
  const stored = localStorage.getItem(storageKey);
  return themeChoices.find((choice) => choice === stored) ?? "system";
}
