// Owns the emoji that are offered at once, in the form in which the server keeps them, and how they are called.
import { m } from "../../texts/messages.js";

/** A picture of the basic plane is followed by U+FE0F. */
const NAMES: [emoji: string, name: () => string][] = [
  ["👍", m.emoji_thumbs_up],
  ["❤\uFE0F", m.emoji_heart],
  ["😂", m.emoji_joy],
  ["🎉", m.emoji_party],
  ["🙏", m.emoji_thanks],
  ["👀", m.emoji_eyes],
  ["✅\uFE0F", m.emoji_check],
  ["👏", m.emoji_clap],
  ["😊", m.emoji_smile],
  ["😮", m.emoji_surprise],
  ["😢", m.emoji_sad],
  ["😡", m.emoji_angry],
  ["👎", m.emoji_thumbs_down],
  ["🔥", m.emoji_fire],
  ["🚀", m.emoji_rocket],
  ["💡", m.emoji_idea],
];

export function commonEmoji(): { value: string; label: string }[] {
  return NAMES.map(([value, name]) => ({ value, label: name() }));
}

/** Others are called by readers of screens as they know them. */
export function emojiName(emoji: string): string {
  return NAMES.find(([one]) => isSame(one, emoji))?.[1]() ?? emoji;
}

function isSame(some: string, other: string): boolean {
  return some.replaceAll("\uFE0F", "") === other.replaceAll("\uFE0F", "");
}
