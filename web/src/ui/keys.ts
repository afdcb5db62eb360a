// Owns how keys are called on this device, and where a letter is written rather than a shortcut pressed.

const isApple = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

/** The key that shortcuts go with. */
export const MOD = isApple ? "⌘" : "Ctrl";

export function isWritten(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** The key belongs to the input method that words are being written with. Safari tells of the last one, an Enter, only after it has ended: by this number. */
export function isComposed({ isComposing, keyCode }: KeyboardEvent): boolean {
  return isComposing || keyCode === 229;
}
