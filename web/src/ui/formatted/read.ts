// Owns the reading of the server's HTML: an allow-list of elements becomes a tree, and nothing is ever markup here.

export type Part = string | Element;

export interface Element {
  tag: Tag;
  parts: Part[];
  href?: string;
  start?: number;
  align?: "left" | "center" | "right";
  /** Of code: the language it is in; or mathematics, in a line or on lines of its own. */
  language?: string;
  maths?: "line" | "display";
  /** The colour of a piece of code. */
  look?: string;
}

const TAGS = [
  ..."p h3 h4 h5 h6 strong em del code pre blockquote ul ol li a span table thead tbody tr th td".split(" "),
  ..."br hr".split(" "),
] as const;
export type Tag = (typeof TAGS)[number];
const EMPTY = new Set(["br", "hr"]);
/** Deeper than the server's own limit. */
const DEEPEST = 60;

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'", "#39": "'" };
const PIECE = /<(?<end>\/?)(?<tag>[a-z][a-z0-9]*)(?<rest>(?: [a-z]+="[^"<>]*")*)>|(?<text>[^<]+)/gy;

/** What the HTML holds; nothing where anything in it is not on the list, so that its text is shown instead. */
export function read(html: string): Part[] | undefined {
  const root: Part[] = [];
  const open: Element[] = [];
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < html.length) {
    const groups = PIECE.exec(html)?.groups;
    if (!groups) return undefined;
    const { end, tag, rest, text } = groups;
    const inside = open.at(-1)?.parts ?? root;
    if (text !== undefined) inside.push(unescaped(text));
    else if (end) {
      if (open.pop()?.tag !== tag) return undefined;
    } else {
      const element = elementOf(tag ?? "", rest ?? "");
      if (!element || open.length >= DEEPEST) return undefined;
      inside.push(element);
      if (!EMPTY.has(element.tag)) open.push(element);
    }
  }
  return open.length === 0 ? root : undefined;
}

function elementOf(tag: string, rest: string): Element | undefined {
  if (!(TAGS as readonly string[]).includes(tag)) return undefined;
  const element: Element = { tag, parts: [] };
  for (const [, name, value] of rest.matchAll(/ ([a-z]+)="([^"]*)"/g)) {
    if (!attribute(element, name ?? "", unescaped(value ?? ""))) return undefined;
  }
  return tag === "a" && !element.href ? undefined : element;
}

function attribute(element: Element, name: string, value: string): boolean {
  const place = `${element.tag} ${name}`;
  if (place === "a href") {
    // The web and mail: a scheme of scripts never comes as far as an element.
    const href = URL.canParse(value) ? new URL(value) : undefined;
    if (!href || !["http:", "https:", "mailto:"].includes(href.protocol)) return false;
    element.href = href.href;
  } else if (place === "ol start" && /^\d{1,9}$/.test(value)) element.start = Number(value);
  else if (/^t[hd] align$/.test(place) && (value === "left" || value === "center" || value === "right")) element.align = value;
  else if (place === "code class" && value.startsWith("math")) element.maths = value === "math" ? "line" : "display";
  else if (place === "code class") element.language = value.replace(/^language-/, "");
  else if (place === "span class" && (value === "spoiler" || /^hljs-[a-z_ -]+$/.test(value))) element.look = value;
  // Every link gets these anyway.
  else return place === "a rel" || place === "a target";
  return true;
}

function unescaped(text: string): string {
  return text.includes("&") ? text.replace(/&([a-z]+|#x?\d+);/g, (whole, name: string) => ENTITIES[name] ?? whole) : text;
}
