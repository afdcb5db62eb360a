// Owns small choices of looks that this device remembers.

/** A value that a reload keeps; storage that is full or forbidden changes nothing else. */
export function remembered(name: string, initial: boolean): { value: boolean } {
  const key = `parlour.look.${name}`;
  let value = $state(read(key) ?? initial);
  return {
    get value() {
      return value;
    },
    set value(next) {
      value = next;
      write(key, String(next));
    },
  };
}

function read(key: string): boolean | undefined {
  try {
    const found = localStorage.getItem(key);
    return found === null ? undefined : found === "true";
  } catch {
    return undefined;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    return;
  }
}
