// Owns how a message's reactions are shown: which are mine, and who they are from in words.
import type { Message, UserId } from "../../contract/wire";

type Reaction = NonNullable<Message["reactions"]>[number];

export interface ShownReaction extends Reaction {
  mine: boolean;
}

/** People who are named; further ones are counted. */
const NAMED = 12;

export function shownReactions(message: Message, me: UserId): ShownReaction[] {
  return (message.reactions ?? []).map((one) => ({ ...one, mine: one.users.includes(me) }));
}

export interface Words {
  me: UserId;
  you: string;
  name: (user: UserId) => string;
  others: (count: number) => string;
  locale: string;
}

/** "Ada, you, and 3 others". */
export function whoReacted({ users, count }: Reaction, words: Words): string {
  const named = users.slice(0, NAMED).map((user) => (user === words.me ? words.you : words.name(user)));
  const rest = count - named.length;
  return new Intl.ListFormat(words.locale, { type: "conjunction" }).format(rest > 0 ? [...named, words.others(rest)] : named);
}
