// Owns how the page looks, on all of my devices: colours, density, size, motion, hours; put on the document for the styles.
import { clock } from "./clock.svelte";
import { oneOf, remembered } from "./remembered.svelte";

export const SCHEMES = ["system", "light", "dark"] as const;
export const CONTRASTS = ["system", "more"] as const;
export const ACCENTS = ["green", "blue", "violet", "rose", "orange", "slate"] as const;
export const DENSITIES = ["cosy", "compact", "bubbles"] as const;
export const MOTIONS = ["system", "less"] as const;
export const HOURS = ["auto", "h12", "h23"] as const;
export const SIZES = [13, 14, 15, 16, 17, 18, 20] as const;

const isSize = (value: unknown) => (SIZES as readonly unknown[]).includes(value);

export const looks = {
  scheme: remembered<(typeof SCHEMES)[number]>("scheme", "system", oneOf(...SCHEMES), "everywhere"),
  contrast: remembered<(typeof CONTRASTS)[number]>("contrast", "system", oneOf(...CONTRASTS), "everywhere"),
  accent: remembered<(typeof ACCENTS)[number]>("accent", "green", oneOf(...ACCENTS), "everywhere"),
  density: remembered<(typeof DENSITIES)[number]>("density", "cosy", oneOf(...DENSITIES), "everywhere"),
  motion: remembered<(typeof MOTIONS)[number]>("motion", "system", oneOf(...MOTIONS), "everywhere"),
  hours: remembered<(typeof HOURS)[number]>("hours", "auto", oneOf(...HOURS), "everywhere"),
  size: remembered<number>("size", 16, isSize, "everywhere"),
};

/** Keeps the document as it was chosen, and as the system says where nothing was; answers how to stop. */
export function wearLooks(): () => void {
  const system = {
    dark: matchMedia("(prefers-color-scheme: dark)"),
    more: matchMedia("(prefers-contrast: more)"),
    less: matchMedia("(prefers-reduced-motion: reduce)"),
  };
  let turns = $state(0);
  const turned = () => turns++;
  for (const query of Object.values(system)) query.addEventListener("change", turned);
  const stop = $effect.root(() => {
    $effect.pre(() => {
      void turns;
      const { dataset, style } = document.documentElement;
      dataset.scheme = looks.scheme.value === "system" ? (system.dark.matches ? "dark" : "light") : looks.scheme.value;
      dataset.contrast = looks.contrast.value === "more" || system.more.matches ? "more" : "normal";
      dataset.motion = looks.motion.value === "less" || system.less.matches ? "less" : "normal";
      dataset.accent = looks.accent.value;
      dataset.density = looks.density.value;
      style.setProperty("font-size", `${looks.size.value}px`);
      clock.hours = looks.hours.value === "auto" ? undefined : looks.hours.value;
      tint();
    });
  });
  return () => {
    stop();
    for (const query of Object.values(system)) query.removeEventListener("change", turned);
  };
}

/** The colour of what the browser draws around the page. */
function tint(): void {
  const { backgroundColor } = getComputedStyle(document.documentElement);
  for (const meta of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")) meta.content = backgroundColor;
}
