// Owns what a session of this browser is called in the list of sessions.

const BROWSERS: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/SamsungBrowser\//, "Samsung Internet"],
  [/Chrome\/|CriOS\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPod/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

/** Such as "Firefox, Linux"; empty when the browser does not say. */
export function deviceName(agent: string): string {
  return [named(BROWSERS, agent), named(SYSTEMS, agent)].filter(Boolean).join(", ");
}

function named(table: [RegExp, string][], agent: string): string | undefined {
  return table.find(([sign]) => sign.test(agent))?.[1];
}
