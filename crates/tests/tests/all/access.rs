//! Who may do what in a room: every command for rooms, for each role and for strangers.

use serde_json::{Value, json};
use tests::gathering::{Gathering, cid};
use tests::server::Setting;
use tests::{Outcome, check, fail};

const OWNER: usize = 0;
const MODERATOR: usize = 1;
const MEMBER: usize = 2;
/// Wrote the only message, and is whom the others act upon.
const AUTHOR: usize = 3;
const STRANGER: usize = 4;

/// What the owner, a moderator, a member and a stranger are answered; a stranger to a private room always gets
/// `rooms.not_found`.
const MATRIX: [(&str, [&str; 4]); 20] = [
    ("rooms.get", ["ok", "ok", "ok", "ok"]),
    ("rooms.members", ["ok", "ok", "ok", "rooms.not_a_member"]),
    ("rooms.update", ["ok", "ok", "rooms.not_allowed", "rooms.not_a_member"]),
    ("rooms.renew_code", ["ok", "ok", "rooms.not_allowed", "rooms.not_a_member"]),
    ("rooms.delete", ["ok", "rooms.not_allowed", "rooms.not_allowed", "rooms.not_a_member"]),
    ("rooms.leave", ["ok", "ok", "ok", "rooms.not_a_member"]),
    ("rooms.hide", ["rooms.wrong_kind", "rooms.wrong_kind", "rooms.wrong_kind", "rooms.not_a_member"]),
    ("rooms.notify", ["ok", "ok", "ok", "rooms.not_a_member"]),
    ("members.kick", ["ok", "ok", "rooms.not_allowed", "rooms.not_a_member"]),
    ("members.set_role", ["ok", "rooms.not_allowed", "rooms.not_allowed", "rooms.not_a_member"]),
    ("messages.send", ["ok", "ok", "ok", "rooms.not_a_member"]),
    ("messages.edit", ["rooms.not_allowed", "rooms.not_allowed", "rooms.not_allowed", "rooms.not_a_member"]),
    ("messages.delete", ["ok", "ok", "rooms.not_allowed", "rooms.not_a_member"]),
    ("messages.delete for me", ["ok", "ok", "ok", "rooms.not_a_member"]),
    ("messages.history", ["ok", "ok", "ok", "rooms.not_a_member"]),
    ("messages.get", ["ok", "ok", "ok", "rooms.not_a_member"]),
    ("messages.revisions", ["ok", "ok", "ok", "rooms.not_a_member"]),
    ("reads.set", ["ok", "ok", "ok", "rooms.not_a_member"]),
    ("typing.set", ["ok", "ok", "ok", "rooms.not_a_member"]),
    ("rooms.join", ["ok", "ok", "ok", "ok"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_role_may_what_it_may_and_nothing_more() -> Outcome {
    let gathering = Gathering::of(1, Setting::default()).await?;
    let mut wrong = Vec::new();
    for (line, expected) in MATRIX {
        for (person, expected) in [OWNER, MODERATOR, MEMBER, STRANGER].into_iter().zip(expected) {
            let room = room(&gathering, "public").await?;
            let found = attempt(&gathering, line, person, &room).await?;
            let code = found.map_or_else(|error| error["code"].as_str().unwrap_or("").to_string(), |_| "ok".into());
            if code != expected {
                wrong.push(format!("{line} by {}: {code}, not {expected}", gathering.accounts[person].username));
            }
        }
        let private = room(&gathering, "private").await?;
        let there = attempt(&gathering, line, STRANGER, &private).await?;
        let nowhere = Room { id: "no-such-room".into(), seq: private.seq };
        let not_there = attempt(&gathering, line, STRANGER, &nowhere).await?;
        if there != not_there || there.is_ok() {
            wrong.push(format!("{line} tells a private room from none: {there:?}, {not_there:?}"));
        }
    }
    check!(wrong.is_empty(), "{} cells are wrong:\n  {}", wrong.len(), wrong.join("\n  "));
    Ok(())
}

struct Room {
    id: String,
    /// The place of the author's message.
    seq: u64,
}

async fn room(gathering: &Gathering, kind: &str) -> Outcome<Room> {
    let wish = json!({"cid": cid(), "name": "a room of its own", "kind": kind});
    let made = gathering.value(OWNER, "rooms.create", &wish).await?;
    let (Some(id), code) = (made["id"].as_str(), &made["code"]) else { fail!("no room: {made}") };
    for person in [MODERATOR, MEMBER, AUTHOR] {
        gathering.value(person, "rooms.join", &json!({"code": code})).await?;
    }
    let role = json!({"room": id, "user": gathering.accounts[MODERATOR].id, "role": "moderator"});
    gathering.value(OWNER, "members.set_role", &role).await?;
    let said = json!({"room": id, "cid": cid(), "text": "words"});
    let sent = gathering.value(AUTHOR, "messages.send", &said).await?;
    Ok(Room { id: id.to_string(), seq: sent["seq"].as_u64().unwrap_or(0) })
}

async fn attempt(gathering: &Gathering, line: &str, person: usize, room: &Room) -> Outcome<Result<Value, Value>> {
    let command = line.split(' ').next().unwrap_or(line);
    let author = &gathering.accounts[AUTHOR].id;
    let mut wish = match line {
        "rooms.update" => json!({"topic": "another"}),
        "members.kick" => json!({"user": author}),
        "members.set_role" => json!({"user": author, "role": "moderator"}),
        "messages.send" => json!({"cid": cid(), "text": "more words"}),
        "messages.edit" => json!({"seq": room.seq, "text": "other words"}),
        "messages.delete for me" => json!({"seq": room.seq, "for": "me"}),
        "messages.delete" | "messages.get" | "messages.revisions" | "reads.set" => json!({"seq": room.seq}),
        "typing.set" => json!({"typing": false}),
        _ => json!({}),
    };
    wish["room"] = json!(room.id);
    gathering.rest(person)?.call(&gathering.table, command, &wish).await
}
