// Owns the order of a room's people: those who are here first, each group by name.
import type { Member, Presence, User, UserId } from "../../contract/wire";
import { personName } from "../../sync/names";
import { compareNames } from "../../ui/collate";

export interface Placed {
  member: Member;
  user: User;
  presence: Presence;
}

export interface Group {
  name: "here" | "away";
  people: Placed[];
}

export function arranged(
  members: Member[],
  users: Readonly<Record<UserId, User>>,
  presenceOf: (user: UserId) => Presence,
): Group[] {
  const people = members.flatMap((member): Placed[] => {
    const user = users[member.user];
    return user && member.role ? [{ member, user, presence: presenceOf(member.user) }] : [];
  });
  people.sort((a, b) => compareNames(personName(a.user), personName(b.user)));
  return [
    { name: "here", people: people.filter((one) => one.presence !== "offline") },
    { name: "away", people: people.filter((one) => one.presence === "offline") },
  ];
}
