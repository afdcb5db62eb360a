// Owns the texts for people of the error that commands reject with.
import type { Failure } from "../contract/wire";
import { m } from "../texts/messages.js";
import { refusalOf } from "./refused";

export { Refusal, refusalOf } from "./refused";

const TEXTS: Record<string, (failure: Failure) => string> = {
  offline: () => m.refusal_offline(),
  timeout: () => m.refusal_timeout(),
  "invalid.json": () => m.refusal_invalid_json(),
  "invalid.type": (failure) => m.refusal_invalid_type({ field: fieldName(failure) }),
  "invalid.missing_field": (failure) => m.refusal_invalid_missing_field({ field: fieldName(failure) }),
  "invalid.unknown_field": (failure) => m.refusal_invalid_unknown_field({ field: fieldName(failure) }),
  "invalid.value": (failure) => m.refusal_invalid_value({ field: fieldName(failure), reason: broken(failure) }),
  "invalid.too_long": (failure) => m.refusal_invalid_too_long({ field: fieldName(failure), limit: failure.limit ?? 0 }),
  "commands.unknown": () => m.refusal_commands_unknown(),
  "commands.connection_only": () => m.refusal_commands_connection_only(),
  "auth.required": () => m.refusal_auth_required(),
  "auth.wrong": () => m.refusal_auth_wrong(),
  "auth.not_allowed": () => m.refusal_auth_not_allowed(),
  "origin.refused": () => m.refusal_origin_refused(),
  "accounts.name_invalid": (failure) => m.refusal_accounts_name_invalid({ reason: broken(failure) }),
  "accounts.name_taken": () => m.refusal_accounts_name_taken(),
  "accounts.registration_closed": () => m.refusal_accounts_registration_closed(),
  "accounts.invitation_invalid": () => m.refusal_accounts_invitation_invalid(),
  "sessions.not_found": () => m.refusal_sessions_not_found(),
  "users.not_found": () => m.refusal_users_not_found(),
  "invitations.not_found": () => m.refusal_invitations_not_found(),
  "rooms.not_found": () => m.refusal_rooms_not_found(),
  "rooms.code_unknown": () => m.refusal_rooms_code_unknown(),
  "rooms.not_a_member": () => m.refusal_rooms_not_a_member(),
  "rooms.not_allowed": (failure) => needed(failure),
  "rooms.wrong_kind": () => m.refusal_rooms_wrong_kind(),
  "messages.not_found": () => m.refusal_messages_not_found(),
  "messages.conflict": () => m.refusal_messages_conflict(),
  "messages.deleted": () => m.refusal_messages_deleted(),
  "push.off": () => m.refusal_push_off(),
  "cid.reused": () => m.refusal_cid_reused(),
  "limit.too_fast": (failure) => m.refusal_limit_too_fast({ count: Math.max(1, Math.ceil(failure.retry_after ?? 1)) }),
  "limit.too_large": () => m.refusal_limit_too_large(),
  "limit.too_many": () => m.refusal_limit_too_many(),
  "sync.busy": () => m.refusal_sync_busy(),
  unavailable: () => m.refusal_unavailable(),
  internal: (failure) => (failure.id ? m.refusal_internal_id({ id: failure.id }) : m.refusal_internal()),
};

const RULES: Record<string, () => string> = {
  empty: () => m.rule_empty(),
  short: () => m.rule_short(),
  long: () => m.rule_long(),
  control: () => m.rule_control(),
  invisible: () => m.rule_invisible(),
  accents: () => m.rule_accents(),
  letters: () => m.rule_letters(),
  reserved: () => m.rule_reserved(),
};

/** The rules that have a text of their own. */
export const KNOWN_RULES = Object.keys(RULES);

/** The codes that have a text of their own. */
export const KNOWN_CODES = Object.keys(TEXTS);

/** A sentence for people; a code that this client does not know yet speaks with the server's words. */
export function refusalText(error: unknown): string {
  const { failure } = refusalOf(error);
  const text = TEXTS[failure.code];
  return text ? text(failure) : failure.message || m.refusal_internal();
}

/** A rule that this client does not know yet speaks with the server's words. */
function broken({ rule = "", reason = "" }: Failure): string {
  return RULES[rule]?.() ?? reason;
}

function needed(failure: Failure): string {
  if (failure.needs === "owner") return m.refusal_rooms_not_allowed_owner();
  if (failure.needs === "author") return m.refusal_rooms_not_allowed_author();
  return m.refusal_rooms_not_allowed();
}

function fieldName(failure: Failure): string {
  const names: Record<string, () => string> = {
    username: () => m.field_username(),
    password: () => m.field_password(),
    new: () => m.field_new_password(),
    current: () => m.field_current_password(),
    display_name: () => m.field_display_name(),
    status: () => m.field_status(),
    time_zone: () => m.field_time_zone(),
    name: () => m.field_room_name(),
    topic: () => m.field_topic(),
    text: () => m.field_message(),
    code: () => m.field_code(),
    subject: () => m.field_subject(),
  };
  return names[failure.field ?? ""]?.() ?? failure.field ?? "";
}
