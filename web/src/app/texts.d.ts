// Owns the shape of what the build makes of the texts.
declare module "virtual:texts" {
  /** The texts of one language, before any of them is used. */
  export function loadTexts(locale: string): Promise<void>;
}
