// Owns the draft of one room: at once on this device, a moment later on all of mine, and never over what is being typed here.

export interface Words {
  text: string;
  /** The `seq` of the message that it answers. */
  reply_to?: number;
}

export interface Places {
  /** On this device alone, until the words are on their way. */
  read(): string;
  keep(text: string): void;
  /** On all my devices; resolves when it is on its way and cannot be lost any more. */
  give(words: Words): Promise<void>;
  /** What I gave earlier and is still on its way. */
  given(): Words | undefined;
}

/** Letters of a message; longer words stay on this device until they are shortened. */
export const LIMIT = 10_000;

const NOTHING: Words = { text: "" };
/** Who stops for so long has written something worth telling. */
const PAUSE_MS = 700;
/** What was confirmed is heard of in this time, or it changed nothing. */
export const ECHO_MS = 5_000;

export class Draft {
  words: Words;
  #places: Places;
  /** What my devices hold, as far as this one knows; words that differ were typed here. */
  #base: Words;
  /** What was heard last: hearing the same again is no news. */
  #heard: Words;
  /** Given and not heard of yet: hearing of it is no news. */
  #echoes: { words: Words; until: number }[] = [];
  /** Heard while words of mine were on their way. */
  #before: Words | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #touched = 0;

  constructor(places: Places, held: Words | undefined) {
    this.#places = places;
    const given = places.given();
    if (given) this.#echoes.push({ words: given, until: Infinity });
    this.#heard = held ?? NOTHING;
    this.#base = given ?? this.#heard;
    const here = places.read();
    this.words = here ? { ...this.#base, text: here } : this.#base;
    if (here) this.#soon();
  }

  typed(words: Words): void {
    this.words = words.text.trim() ? words : NOTHING;
    this.#places.keep(this.words.text);
    this.#soon();
  }

  /** The words became a message; `kept` resolves when that cannot be lost any more. */
  async sent(kept: Promise<void>): Promise<void> {
    this.words = NOTHING;
    // It follows the message in the same order of sending.
    const told = this.flush().catch(() => undefined);
    await kept;
    if (!this.words.text) this.#places.keep("");
    await told;
  }

  /** What my devices hold now; true: it takes the place of what was here. */
  heard(held: Words | undefined, now = Date.now()): boolean {
    const news = held ?? NOTHING;
    if (same(news, this.#heard)) return false;
    this.#heard = news;
    const echo = this.#echoes.findIndex(({ words, until }) => until > now && same(words, news));
    if (echo >= 0) {
      this.#echoes.splice(0, echo + 1);
      this.#before = undefined;
      return false;
    }
    // What is on its way from here comes after it, and is the last word on all devices, unless it comes to nothing.
    this.#before = this.#echoes.some(({ until }) => until === Infinity) ? news : undefined;
    return this.#before ? false : this.#take(news);
  }

  /** Called once echoes would have come. True: what was heard while words of mine were on their way takes their place, as these came to nothing. */
  overtaken(now = Date.now()): boolean {
    const news = this.#before;
    if (!news || this.#echoes.some(({ until }) => until > now)) return false;
    this.#before = undefined;
    return this.#take(news);
  }

  #take(news: Words): boolean {
    const isTyped = !same(this.words, this.#base);
    this.#base = news;
    if (isTyped || same(this.words, news)) return false;
    this.words = news;
    return true;
  }

  /** Nothing is on its way any more. */
  settled(now = Date.now()): void {
    this.#echoes = this.#echoes.filter(({ until }) => until > now).map(({ words, until }) => ({ words, until: Math.min(until, now + ECHO_MS) }));
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { words } = this;
    if (same(words, this.#base) || [...words.text].length > LIMIT) return;
    this.#base = words;
    this.#echoes.push({ words, until: Infinity });
    await this.#places.give(words);
    if (words.text && same(words, this.words)) this.#places.keep("");
  }

  /** One timer for many keys: whoever typed meanwhile has the rest of the pause. */
  #soon(wait = PAUSE_MS): void {
    this.#touched = Date.now() + wait - PAUSE_MS;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const rest = this.#touched + PAUSE_MS - Date.now();
      if (rest > 0) this.#soon(rest);
      else void this.flush().catch(() => undefined);
    }, wait);
  }
}

function same(some: Words, others: Words): boolean {
  return some.text === others.text && some.reply_to === others.reply_to;
}
