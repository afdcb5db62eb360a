// Owns the page's icon and the installed program's badge: whether something waits, and how much of it concerns me.

const SIZE = 64;
const SIGN = "M9 8.5h10.5A4.5 4.5 0 0 1 24 13v1.5a4.5 4.5 0 0 1-4.5 4.5H14l-4.2 4.2A.48.48 0 0 1 9 22.8Z";

let shown = "";

/** A dot for what is unread, a number for what concerns me. */
export function showBadge({ unread, loud }: { unread: number; loud: number }): void {
  const words = loud > 0 ? (loud > 9 ? "9+" : String(loud)) : unread > 0 ? "•" : "";
  setAppBadge(loud);
  if (words === shown) return;
  shown = words;
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  const drawn = words && draw(words, loud > 0);
  if (link) Object.assign(link, drawn ? { type: "image/png", href: drawn } : { type: "image/svg+xml", href: "/icon.svg" });
}

function draw(words: string, loud: boolean): string | undefined {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE });
  const pen = canvas.getContext("2d");
  if (!pen) return undefined;
  pen.scale(SIZE / 32, SIZE / 32);
  pen.fillStyle = "#1f6b5b";
  pen.beginPath();
  pen.roundRect(0, 0, 32, 32, 9);
  pen.fill();
  pen.fillStyle = "#ffffff";
  pen.fill(new Path2D(SIGN));
  pen.fillStyle = loud ? "#d23b22" : "#ffb000";
  pen.beginPath();
  pen.arc(23, 23, loud ? 9 : 6.5, 0, 2 * Math.PI);
  pen.fill();
  if (loud) {
    pen.fillStyle = "#ffffff";
    pen.font = `700 ${words.length > 1 ? 11 : 14}px sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(words, 23, 23.8);
  }
  return canvas.toDataURL("image/png");
}

/** Only where the page was installed. */
function setAppBadge(count: number): void {
  const { navigator } = window;
  if ("setAppBadge" in navigator) void (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => undefined);
}
