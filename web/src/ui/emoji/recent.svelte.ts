// Owns which emoji this device used lately, and the skin tone that was chosen.
import { isWords, remembered } from "../remembered.svelte";

const KEPT = 24;

const used = remembered<string[]>("emoji.recent", [], isWords);
const tone = remembered("emoji.tone", 0, (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 6);

export const recent = {
  get list(): readonly string[] {
    return used.value;
  },
  get tone(): number {
    return tone.value;
  },
  set tone(next: number) {
    tone.value = next;
  },
  use(emoji: string): void {
    used.value = [emoji, ...used.value.filter((one) => one !== emoji)].slice(0, KEPT);
  },
};
