// Owns the browser of the tests: Debian's Chromium, quiet and alone.
import { chromium } from "playwright-core";

export const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const ARGS = [
  "--no-sandbox",
  "--headless=new",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // An address that browsers do not trust without a certificate, as they do the loopback one.
  "--host-resolver-rules=MAP *.plain.example 127.0.0.1",
];

export function launch() {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGS });
}
