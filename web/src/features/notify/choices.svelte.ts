// Owns how this device wants to be told: by which sound, how loud, on the desktop or not.
import { oneOf, remembered } from "../../ui/remembered.svelte";
import { SOUNDS, type SoundName } from "./sounds";

export const SOUND_NAMES = Object.keys(SOUNDS) as SoundName[];

const sound = remembered<SoundName | "off">("sound", "drop", oneOf("off", ...SOUND_NAMES), "everywhere");
const volume = remembered("volume", 60, (value) => typeof value === "number" && value >= 0 && value <= 100);
const desktop = remembered("desktop", false);
const declined = remembered("desktop.declined", false);

class Choices {
  /** How often the browser was asked: its answer may be another one now. */
  #asked = $state(0);
  /** Something came that one would have liked to be told of. */
  missed = $state(false);

  /** To ask the browser takes it 10 ms: not before somebody wants to know. */
  get permission(): NotificationPermission | "none" {
    void this.#asked;
    return typeof Notification === "undefined" ? "none" : Notification.permission;
  }

  get sound(): SoundName | "off" {
    return sound.value;
  }
  set sound(name: SoundName | "off") {
    sound.value = name;
  }

  get volume(): number {
    return volume.value;
  }
  set volume(percent: number) {
    volume.value = percent;
  }

  get desktop(): boolean {
    return desktop.value && this.permission === "granted";
  }

  /** Whether to ask, now that there is a reason. */
  get asks(): boolean {
    return this.missed && this.permission === "default" && !declined.value;
  }

  decline(): void {
    declined.value = true;
  }

  /** The browser asks the first time. */
  async turn(on: boolean): Promise<void> {
    desktop.value = on;
    if (!on || this.permission !== "default") return;
    await Notification.requestPermission();
    this.#asked++;
  }
}

export const choices = new Choices();
