// Owns which dialog of the house is open: the side, the keys and the quick switcher all open the same ones.
export type DialogName = "create" | "browse" | "join" | "direct" | "status" | "find" | "keys";

class Dialogs {
  open = $state<DialogName>();

  close = (): void => {
    this.open = undefined;
  };
}

export const dialogs = new Dialogs();
