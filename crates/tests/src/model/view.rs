//! The model against what the server shows one person.

use super::{Message, Model, Role, Room};
use crate::oracle::Snapshot;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Every difference between what must be true for `who` and what they are shown, in words.
pub fn compare(model: &Model, who: &str, shown: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    let mine: BTreeMap<&String, &Room> = model.rooms.iter().filter(|(_, room)| room.seats.contains_key(who)).collect();
    if !mine.keys().copied().eq(shown.rooms.keys()) {
        found.push(format!("rooms of {who}: {:?}, shown {:?}", mine.keys(), shown.rooms.keys()));
    }
    for (id, room) in mine {
        if let (Some(value), Some(membership)) = (shown.rooms.get(id), shown.memberships.get(id)) {
            compare_room(&mut found, id, room, value);
            compare_membership(&mut found, id, room, who, membership);
            compare_members(&mut found, id, room, shown);
            compare_messages(&mut found, model, (id, room), who, shown);
        }
    }
    for (id, person) in &model.people {
        let Some(user) = shown.users.get(id) else {
            found.push(format!("{} is not shown", person.username));
            continue;
        };
        let named = person.display_name.as_ref().is_none_or(|name| user["display_name"] == json!(name));
        if !named || user["status"].as_str().unwrap_or("") != person.status {
            found.push(format!("{}: {:?} {:?}, shown {user}", person.username, person.display_name, person.status));
        }
    }
    compare_own(&mut found, model, who, shown);
    found
}

fn differ(found: &mut Vec<String>, what: &str, right: &Value, shown: &Value) {
    if right != shown {
        found.push(format!("{what}: {right}, shown {shown}"));
    }
}

fn compare_room(found: &mut Vec<String>, id: &str, room: &Room, value: &Value) {
    let count = room.messages.iter().filter(|message| message.kind == "text").count();
    let right = json!([room.kind, room.name, room.topic, room.subject, room.head(), count, room.seats.len()]);
    let text = |field: &str| value[field].as_str().unwrap_or("").to_string();
    let shown = json!([
        text("kind"),
        text("name"),
        text("topic"),
        text("subject"),
        value["head"],
        value["count"],
        value["members"]
    ]);
    differ(found, &format!("room {id} (kind, name, topic, subject, head, count, members)"), &right, &shown);
}

fn compare_membership(found: &mut Vec<String>, id: &str, room: &Room, who: &str, shown: &Value) {
    let Some(seat) = room.seats.get(who) else { return };
    let (unread, mentions) = room.unread(who);
    let role = role_name(seat.role);
    let version = room.versions.get(who).copied().unwrap_or(0);
    let hidden = seat.hidden.is_some_and(|hidden| hidden >= room.head());
    let right = json!([role, seat.read, version, unread, mentions, hidden, seat.from, seat.notify, seat.muted]);
    let from = shown["from"].as_u64().unwrap_or(1);
    let flag = shown["hidden"] == json!(true);
    let counts = (&shown["unread"], &shown["mentions"]);
    let (level, muted) = (&shown["notify"], &shown["muted_until"]);
    let told = json!([shown["role"], shown["read"], shown["version"], counts.0, counts.1, flag, from, level, muted]);
    let what = "(role, read, version, unread, mentions, hidden, from, notify, muted_until)";
    differ(found, &format!("{who} in {id} {what}"), &right, &told);
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Moderator => "moderator",
        Role::Owner => "owner",
    }
}

fn compare_members(found: &mut Vec<String>, id: &str, room: &Room, shown: &Snapshot) {
    let right: BTreeMap<&String, &str> = room.seats.iter().map(|(user, seat)| (user, role_name(seat.role))).collect();
    let told = shown.members.iter().filter(|((room, _), _)| room == id);
    let told: BTreeMap<&String, &str> =
        told.map(|((_, user), member)| (user, member["role"].as_str().unwrap_or(""))).collect();
    if right != told {
        found.push(format!("members of {id}: {right:?}, shown {told:?}"));
    }
}

fn compare_messages(found: &mut Vec<String>, model: &Model, (id, room): (&String, &Room), who: &str, shown: &Snapshot) {
    let from = room.seats.get(who).map_or(1, |seat| seat.from);
    for (index, message) in room.messages.iter().enumerate() {
        let seq = index as u64 + 1;
        let hidden = model.hidden.contains(&(who.into(), id.clone(), seq));
        let right = if seq < from || hidden { Value::Null } else { facts(message) };
        let value = shown.messages.get(&(id.clone(), seq));
        let told = value.map_or(Value::Null, told);
        differ(found, &format!("#{seq} in {id} for {who}"), &right, &told);
    }
}

fn facts(message: &Message) -> Value {
    json!({
        "kind": message.kind, "author": message.author, "subject": message.subject, "text": message.text,
        "edited": message.edited, "deleted": message.deleted, "reply_to": message.reply_to,
        "mentions": message.mentions, "all": message.all, "reactions": message.reactions, "pinned": message.pinned,
    })
}

/// The same facts out of a message as it is shown.
fn told(message: &Value) -> Value {
    let mut mentions: Vec<&str> =
        message["mentions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    mentions.sort_unstable();
    let reactions = message["reactions"].as_array().into_iter().flatten();
    let reactions: Vec<Value> = reactions.map(|one| json!([one["emoji"], one["users"]])).collect();
    json!({
        "kind": message["kind"], "author": message["author"], "subject": message["subject"], "text": message["text"],
        "edited": !message["edited"].is_null(), "deleted": message["deleted"] == json!(true),
        "reply_to": message["reply_to"], "mentions": mentions, "all": message["all"] == json!(true),
        "reactions": reactions, "pinned": message["pinned"]["by"],
    })
}

/// What is kept for later, what was begun and what was chosen, as a newcomer of the same person is told.
fn compare_own(found: &mut Vec<String>, model: &Model, who: &str, shown: &Snapshot) {
    let sees = |room: &String| shown.rooms.contains_key(room);
    let mine = model.saved.iter().filter(|(user, room, _)| user == who && sees(room));
    let right: Vec<(&String, u64)> = mine.map(|(_, room, seq)| (room, *seq)).collect();
    let told = shown.fresh.saved.keys().filter(|(room, _)| sees(room)).map(|(room, seq)| (room, *seq));
    let told: Vec<(&String, u64)> = told.collect();
    if right != told {
        found.push(format!("saved by {who}: {right:?}, shown {told:?}"));
    }
    let right: BTreeMap<&String, &str> = model
        .drafts
        .iter()
        .filter(|((user, room), _)| user == who && sees(room))
        .map(|((_, room), (text, _))| (room, text.as_str()))
        .collect();
    let told = shown.fresh.drafts.iter().filter(|(room, _)| sees(room));
    let told: BTreeMap<&String, &str> =
        told.map(|(room, draft)| (room, draft["text"].as_str().unwrap_or(""))).collect();
    if right != told {
        found.push(format!("drafts of {who}: {right:?}, shown {told:?}"));
    }
    let right = json!(model.settings.get(who).cloned().unwrap_or_default());
    let told = shown.fresh.settings.get("values").cloned().unwrap_or(json!({}));
    if right != told {
        found.push(format!("settings of {who}: {right}, shown {told}"));
    }
}
