//! Exactly once: every writing command, repeated with its `cid` by either way, after other changes and after a restart,
//! answers what it answered the first time and changes nothing.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::device::Way;
use tests::gathering::{Gathering, cid};
use tests::server::Setting;
use tests::socket::Transport;
use tests::{Outcome, check};

const ADA: usize = 0;
const BO: usize = 1;
const CLEO: usize = 2;
const DAN: usize = 3;
const IRIS: usize = 4;

/// Commands that take a `cid` as every command does, and do not remember it: four write nothing that stays, one is over
/// with the session that could repeat it, and of a password nothing is kept.
const NOT_REMEMBERED: [&str; 6] =
    ["sessions.list", "push.key", "typing.set", "presence.set", "sessions.end", "password.change"];

/// What somebody did, and what they were answered.
struct Done {
    person: usize,
    command: &'static str,
    arguments: Value,
    answer: Value,
}

struct Scene {
    gathering: Gathering,
    done: Vec<Done>,
}

impl Scene {
    /// Gives a command that must not be refused, by REST, with a `cid` of its own.
    async fn does(&mut self, person: usize, command: &'static str, mut arguments: Value) -> Outcome<Value> {
        arguments["cid"] = json!(cid());
        let answer = self.gathering.value(person, command, &arguments).await?;
        self.done.push(Done { person, command, arguments, answer: answer.clone() });
        Ok(answer)
    }

    /// Repeats all of it; whoever has been put out meanwhile is answered all the same.
    async fn repeat(&self, way: Way) -> Outcome {
        let before = self.newest().await?;
        let mut devices = Vec::new();
        for person in 0..self.gathering.accounts.len() {
            devices.push(self.gathering.device(person, Transport::WebSocket).await?);
        }
        for Done { person, command, arguments, answer } in &self.done {
            let again = devices[*person].call(&self.gathering.table, way, command, arguments).await?;
            check!(
                again.as_ref() == Ok(answer),
                "{command} {arguments} was answered {answer} and now by {way:?} {again:?}"
            );
        }
        let after = self.newest().await?;
        check!(before == after, "the repeats have changed something: g was {before} and is {after}");
        Ok(())
    }

    /// The newest commit number: every change of anything has one.
    async fn newest(&self) -> Outcome<Value> {
        Ok(self.gathering.value(IRIS, "hello", &json!({"g": 0})).await?["g"].clone())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_writing_command_happens_once_and_answers_the_same() -> Outcome {
    let setting = Setting { config: "[push]\nprivate = true\n".into(), ..Setting::default() };
    let mut scene = Scene { gathering: Gathering::of(3, setting).await?, done: Vec::new() };
    rooms_and_people(&mut scene).await?;
    messages(&mut scene).await?;
    own_things(&mut scene).await?;
    endings(&mut scene).await?;
    check_all_are_there(&scene).await?;
    scene.repeat(Way::Socket).await?;
    disturb(&scene.gathering).await?;
    scene.repeat(Way::Socket).await?;
    scene.gathering.server.kill().await?;
    scene.gathering.server.again().await?;
    scene.repeat(Way::Rest).await
}

async fn rooms_and_people(scene: &mut Scene) -> Outcome {
    let (garden, bo) = (scene.gathering.room.clone(), scene.gathering.accounts[BO].id.clone());
    scene.does(ADA, "rooms.update", json!({"room": garden, "topic": "first"})).await?;
    scene.does(ADA, "rooms.renew_code", json!({"room": garden})).await?;
    scene.does(DAN, "rooms.join", json!({"room": garden})).await?;
    // Nothing changes by it, and that too is an answer to remember.
    scene.does(DAN, "rooms.join", json!({"room": garden})).await?;
    scene.does(ADA, "members.set_role", json!({"room": garden, "user": bo, "role": "moderator"})).await?;
    scene.does(BO, "profile.set", json!({"status": "in the garden"})).await?;
    Ok(())
}

async fn messages(scene: &mut Scene) -> Outcome {
    let garden = scene.gathering.room.clone();
    let mut seqs = Vec::new();
    for text in ["one", "two", "three"] {
        let sent = scene.does(ADA, "messages.send", json!({"room": garden, "text": text})).await?;
        seqs.push(sent["seq"].clone());
    }
    scene.does(ADA, "messages.edit", json!({"room": garden, "seq": seqs[0], "text": "one, edited"})).await?;
    scene.does(BO, "reactions.set", json!({"room": garden, "seq": seqs[0], "emoji": "👍", "on": true})).await?;
    scene.does(BO, "pins.set", json!({"room": garden, "seq": seqs[0], "on": true})).await?;
    scene.does(BO, "saved.set", json!({"room": garden, "seq": seqs[0], "on": true})).await?;
    scene.does(BO, "messages.delete", json!({"room": garden, "seq": seqs[1], "for": "me"})).await?;
    scene.does(ADA, "messages.delete", json!({"room": garden, "seq": seqs[2]})).await?;
    scene.does(BO, "reads.set", json!({"room": garden, "seq": seqs[0]})).await?;
    scene.does(BO, "reads.set", json!({"room": garden, "seq": 1, "version": 1})).await?;
    scene.does(BO, "drafts.set", json!({"room": garden, "text": "I think"})).await?;
    Ok(())
}

async fn own_things(scene: &mut Scene) -> Outcome {
    let bo = scene.gathering.accounts[BO].id.clone();
    let pair = scene.does(ADA, "direct.open", json!({"users": [bo]})).await?["id"].clone();
    scene.does(ADA, "rooms.hide", json!({"room": pair})).await?;
    scene.does(ADA, "rooms.notify", json!({"room": pair, "level": "nothing"})).await?;
    scene.does(ADA, "direct.open", json!({"users": [bo]})).await?;
    let p256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    let browser = json!({"endpoint": "http://127.0.0.1:9/x", "p256dh": p256dh, "auth": "BTBZMqHH6r4Tts7J_aSIgg"});
    scene.does(ADA, "push.subscribe", browser).await?;
    scene.does(ADA, "push.unsubscribe", json!({})).await?;
    let made = scene.does(IRIS, "invitations.create", json!({"uses": 2})).await?;
    scene.does(IRIS, "invitations.revoke", json!({"invitation": made["invitation"]})).await?;
    let account = &scene.gathering.accounts[BO];
    let wish = json!({"username": account.username, "password": tests::people::PASSWORD, "label": "the other"});
    scene.gathering.value(BO, "sessions.create", &wish).await?;
    scene.does(BO, "settings.set", json!({"values": {"scheme": "dark"}})).await?;
    let listed = scene.gathering.value(BO, "sessions.list", &json!({})).await?;
    let other = listed["sessions"].as_array().and_then(|all| all.iter().find(|one| one["label"] == "the other"));
    scene.does(BO, "sessions.revoke", json!({"session": other.map(|one| one["id"].clone())})).await?;
    Ok(())
}

async fn endings(scene: &mut Scene) -> Outcome {
    let (garden, dan) = (scene.gathering.room.clone(), scene.gathering.accounts[DAN].id.clone());
    let attic = scene.does(ADA, "rooms.create", json!({"name": "attic", "kind": "private"})).await?["id"].clone();
    scene.does(ADA, "rooms.delete", json!({"room": attic})).await?;
    scene.does(CLEO, "rooms.leave", json!({"room": garden})).await?;
    scene.does(ADA, "members.kick", json!({"room": garden, "user": dan})).await?;
    Ok(())
}

/// Everything that takes a `cid` was done, but for what has nothing to remember.
async fn check_all_are_there(scene: &Scene) -> Outcome {
    let (_, text) = scene.gathering.rest(ADA)?.get("/api/openapi.json").await?;
    let document: Value = serde_json::from_str(&text)?;
    let mut missing = BTreeSet::new();
    for operation in
        document["paths"].as_object().into_iter().flatten().filter_map(|(_, path)| path.as_object()).flatten()
    {
        let name = operation.1["x-command"].as_str().unwrap_or_default();
        if operation.1.to_string().contains("\"cid\"") && !NOT_REMEMBERED.contains(&name) {
            missing.insert(name.to_string());
        }
    }
    for done in &scene.done {
        missing.remove(done.command);
    }
    check!(missing.is_empty(), "no example of {missing:?}");
    Ok(())
}

/// Changes every row that an answer showed.
async fn disturb(gathering: &Gathering) -> Outcome {
    let (garden, bo) = (&gathering.room, &gathering.accounts[BO].id);
    let history = gathering.history(ADA).await?;
    let first = history.iter().find(|message| message["kind"] == "text").map(|message| message["seq"].clone());
    let changes = [
        (ADA, "rooms.update", json!({"room": garden, "topic": "second", "name": "park"})),
        (ADA, "members.set_role", json!({"room": garden, "user": bo, "role": "member"})),
        (ADA, "messages.edit", json!({"room": garden, "seq": first, "text": "something else"})),
        (ADA, "reactions.set", json!({"room": garden, "seq": first, "emoji": "👍", "on": true})),
        (BO, "pins.set", json!({"room": garden, "seq": first, "on": false})),
        (BO, "saved.set", json!({"room": garden, "seq": first, "on": false})),
        (BO, "drafts.set", json!({"room": garden, "text": ""})),
        (BO, "reads.set", json!({"room": garden, "seq": 1000})),
        (BO, "settings.set", json!({"values": {"scheme": "", "accent": "rose"}})),
        (BO, "profile.set", json!({"status": "gone", "display_name": "Bobby"})),
        (CLEO, "rooms.join", json!({"room": garden})),
        (ADA, "messages.send", json!({"room": garden, "text": "and on", "cid": cid()})),
    ];
    for (person, command, arguments) in changes {
        gathering.value(person, command, &arguments).await?;
    }
    Ok(())
}

/// How many positions each device sets at once.
const AT_ONCE: u64 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_set_at_once_on_two_devices_are_each_answered_once_and_end_the_same() -> Outcome {
    let mut gathering = Gathering::of(2, Setting::default()).await?;
    for number in 0..AT_ONCE {
        let wish = json!({"cid": cid(), "room": gathering.room, "text": number.to_string()});
        gathering.value(ADA, "messages.send", &wish).await?;
    }
    let mut asked = Vec::new();
    let mut calls = tokio::task::JoinSet::new();
    for device in 0..2 {
        let device = std::sync::Arc::new((device, gathering.device(BO, Transport::WebSocket).await?));
        for number in 0..AT_ONCE {
            // One of them marks as unread while the others read on.
            let (seq, version) = if device.0 == 1 && number == AT_ONCE / 2 { (7, 1) } else { (number + 2, 0) };
            let wish = json!({"cid": cid(), "room": gathering.room, "seq": seq, "version": version});
            let (device, table) = (device.clone(), gathering.table.clone());
            calls.spawn(async move {
                let answer = device.1.call(&table, Way::Socket, "reads.set", &wish).await;
                (wish, answer)
            });
        }
    }
    while let Some(call) = calls.join_next().await {
        let (wish, answer) = call?;
        let answer = answer?.map_err(|error| tests::Failure(format!("{wish}: {error}")))?;
        asked.push((wish, answer));
    }
    let state = async |gathering: &Gathering| -> Outcome<Value> {
        let room = gathering.value(BO, "rooms.get", &json!({"room": gathering.room})).await?;
        Ok(json!([room["me"]["read"], room["me"]["version"]]))
    };
    check!(state(&gathering).await? == json!([7, 1]), "the positions ended at {}", state(&gathering).await?);
    gathering.server.kill().await?;
    gathering.server.again().await?;
    for (wish, answer) in &asked {
        let again = gathering.value(BO, "reads.set", wish).await?;
        check!(again == *answer, "{wish} was answered {answer} and now {again}");
    }
    check!(state(&gathering).await? == json!([7, 1]), "repeats have moved the position");
    Ok(())
}
