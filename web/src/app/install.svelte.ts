// Owns installing the page as a program of its own, where the browser offers it.

interface InstallEvent extends Event {
  prompt(): Promise<unknown>;
}

class Install {
  #offer = $state.raw<InstallEvent>();

  constructor() {
    window.addEventListener("beforeinstallprompt", (event) => {
      event.preventDefault();
      this.#offer = event as InstallEvent;
    });
    window.addEventListener("appinstalled", () => (this.#offer = undefined));
  }

  get possible(): boolean {
    return this.#offer !== undefined;
  }

  async begin(): Promise<void> {
    await this.#offer?.prompt();
    this.#offer = undefined;
  }
}

export const install = new Install();
