// Owns the sounds: a few notes each, made by the browser itself.

interface Note {
  /** Seconds after the beginning. */
  at: number;
  /** Hertz; slides to `to` where there is one. */
  pitch: number;
  to?: number;
  /** Seconds until it has faded. */
  length: number;
  wave: OscillatorType;
  loud: number;
}

export const SOUNDS = {
  drop: [{ at: 0, pitch: 420, to: 880, length: 0.16, wave: "sine", loud: 0.9 }],
  chime: [
    { at: 0, pitch: 784, length: 0.5, wave: "sine", loud: 0.6 },
    { at: 0.12, pitch: 1175, length: 0.7, wave: "sine", loud: 0.5 },
  ],
  pluck: [
    { at: 0, pitch: 523, length: 0.22, wave: "triangle", loud: 0.8 },
    { at: 0.09, pitch: 659, length: 0.28, wave: "triangle", loud: 0.7 },
  ],
  knock: [
    { at: 0, pitch: 190, to: 90, length: 0.09, wave: "triangle", loud: 1 },
    { at: 0.14, pitch: 170, to: 80, length: 0.09, wave: "triangle", loud: 0.9 },
  ],
  bell: [
    { at: 0, pitch: 880, length: 1.1, wave: "sine", loud: 0.5 },
    { at: 0, pitch: 2217, length: 0.6, wave: "sine", loud: 0.16 },
    { at: 0, pitch: 3520, length: 0.3, wave: "sine", loud: 0.08 },
  ],
} satisfies Record<string, Note[]>;

export type SoundName = keyof typeof SOUNDS;

let context: AudioContext | undefined;

/** Browsers are silent until the page was touched: then nothing is heard, and nothing fails. */
export function play(name: SoundName, volume: number): void {
  if (typeof AudioContext === "undefined" || volume <= 0) return;
  context ??= new AudioContext();
  const { currentTime } = context;
  if (context.state === "suspended") void context.resume().catch(() => undefined);
  for (const note of SOUNDS[name]) strike(context, note, currentTime + note.at, volume);
}

function strike(audio: AudioContext, { pitch, to, length, wave, loud }: Note, start: number, volume: number): void {
  const tone = audio.createOscillator();
  const fade = audio.createGain();
  tone.type = wave;
  tone.frequency.setValueAtTime(pitch, start);
  if (to) tone.frequency.exponentialRampToValueAtTime(to, start + length);
  // From silence and back to it, or one would hear a click.
  fade.gain.setValueAtTime(0.0001, start);
  fade.gain.exponentialRampToValueAtTime(Math.max(0.0002, loud * volume * 0.4), start + 0.008);
  fade.gain.exponentialRampToValueAtTime(0.0001, start + length);
  tone.connect(fade).connect(audio.destination);
  tone.start(start);
  tone.stop(start + length + 0.02);
}
