// Owns the dialogs that lie over the page: which is the topmost, and that the focus comes back after one.
import { focusBack } from "./back";

class Modals {
  #open = $state.raw<HTMLDialogElement[]>([]);

  /** Only what is in it can be pressed and is read out; `undefined`: the page itself. */
  get topmost(): HTMLDialogElement | undefined {
    return this.#open.at(-1);
  }

  /** Answers what to do once the dialog is gone. */
  show(dialog: HTMLDialogElement): () => void {
    const back = focusBack();
    dialog.showModal();
    this.#open = [...this.#open, dialog];
    return () => {
      this.#open = this.#open.filter((one) => one !== dialog);
      back();
    };
  }
}

export const modals = new Modals();
