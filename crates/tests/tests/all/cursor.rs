//! The cursor's other ways: waiting for news by a single request, blocks that are held otherwise than they are, rooms that
//! are lost while a client is being caught up, and what those hear who look elsewhere.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use tests::gathering::{Gathering, cid};
use tests::rest::Rest;
use tests::server::Setting;
use tests::socket::{Refused, Socket, Transport};
use tests::{Failure, Outcome, check, fail, replica};
use tokio::sync::watch;
use tokio::time::timeout;

const ADA: usize = 0;
const BO: usize = 1;

/// A connection that writes down all that it hears.
struct Listener {
    socket: Socket,
    heard: Arc<Mutex<Vec<(String, Value)>>>,
    changed: watch::Sender<()>,
}

impl Listener {
    async fn open(gathering: &Gathering, person: usize) -> Outcome<Listener> {
        let heard: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let changed = watch::Sender::new(());
        let (pad, bell) = (heard.clone(), changed.clone());
        let ear = Box::new(move |event: &str, value: Value| {
            pad.lock().unwrap_or_else(PoisonError::into_inner).push((event.to_string(), value));
            bell.send_replace(());
        });
        let auth = json!({"token": gathering.accounts[person].token});
        match Socket::open(gathering.server.address(), &auth, Transport::WebSocket, ear).await {
            Ok(socket) => Ok(Listener { socket, heard, changed }),
            Err(Refused::ByServer(refusal)) => fail!("the server refused the connection: {refusal}"),
            Err(Refused::Otherwise(failure)) => Err(failure),
        }
    }

    async fn call(&self, command: &str, arguments: Value) -> Outcome<Value> {
        let answer = self.socket.call(command, &arguments).await?;
        answer.map_err(|error| Failure(format!("{command} {arguments}: {error}")))
    }

    fn heard(&self) -> Vec<(String, Value)> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets what was heard so far.
    fn forget(&self) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Waits until something of what was heard is `right`, and answers it.
    async fn hears(&self, what: &str, right: impl Fn(&str, &Value) -> bool) -> Outcome<Value> {
        let mut changed = self.changed.subscribe();
        let wait = async {
            loop {
                if let Some((_, value)) = self.heard().into_iter().find(|(event, value)| right(event, value)) {
                    return value;
                }
                if changed.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        let limit = tests::device::SEEING_LIMIT;
        timeout(limit, wait).await.map_err(|_| Failure(format!("not heard: {what}; heard {:?}", self.heard())))
    }
}

async fn post(gathering: &Gathering, person: usize, text: &str) -> Outcome<Value> {
    let wish = json!({"room": gathering.room, "cid": cid(), "text": text});
    gathering.value(person, "messages.send", &wish).await
}

fn is_op(event: &str, value: &Value, kind: &str) -> bool {
    event == "op" && value["kind"] == kind
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_looks_elsewhere_is_told_that_something_happened_and_what_concerns_them() -> Outcome {
    let setting = Setting { config: "[sync]\nbump_interval = 50\n".into(), ..Setting::default() };
    let gathering = Gathering::of(2, setting).await?;
    let bo = Listener::open(&gathering, BO).await?;
    bo.call("hello", json!({"g": 0})).await?;
    bo.forget();
    let mut head = 0;
    for number in 0..20 {
        head = post(&gathering, ADA, &format!("number {number}")).await?["seq"].as_u64().unwrap_or(0);
    }
    let bump = bo.hears("the newest bump", |event, value| event == "bump" && value["head"] == json!(head)).await?;
    check!(bump["count"] == json!(20) && bump["room"] == json!(gathering.room), "{bump}");
    check!(!bo.heard().iter().any(|(event, value)| is_op(event, value, "message")), "{:?}", bo.heard());
    let mention = post(&gathering, ADA, "@bo look").await?;
    bo.hears("a mention", |event, value| is_op(event, value, "message") && value["value"]["seq"] == mention["seq"])
        .await?;
    bo.forget();
    let wish = json!({"room": gathering.room, "seq": mention["seq"], "cid": cid(), "text": "never mind"});
    gathering.value(ADA, "messages.edit", &wish).await?;
    bo.hears("that it mentions nobody any more", |event, value| {
        is_op(event, value, "message") && value["value"]["text"] == "never mind"
    })
    .await?;
    let wish = json!({"room": gathering.room, "seq": head, "cid": cid()});
    gathering.value(ADA, "messages.delete", &wish).await?;
    bo.hears("a deletion", |event, value| is_op(event, value, "message") && value["value"]["deleted"] == json!(true))
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_is_caught_up_with_when_it_comes_on_screen_and_then_nothing_is_missing() -> Outcome {
    let gathering = Gathering::of(2, Setting::default()).await?;
    let room = &gathering.room;
    let bo = Listener::open(&gathering, BO).await?;
    let cursor = bo.call("hello", json!({"g": 0})).await?;
    for number in 1..=3 {
        post(&gathering, ADA, &format!("number {number}")).await?;
    }
    bo.forget();
    let held = json!({room.as_str(): cursor["g"]});
    bo.call("watch.set", json!({"rooms": [room], "held": held})).await?;
    post(&gathering, ADA, "number 4").await?;
    bo.hears("the next one", |event, value| is_op(event, value, "message")).await?;
    let heard = bo.heard();
    let told: Vec<&str> = heard.iter().map(|(event, _)| event.as_str()).filter(|event| *event != "bump").collect();
    check!(told == ["chunk", "caught", "op"], "{told:?}");
    let (chunk, caught, op) = {
        let of = |name: &str| heard.iter().find(|(event, _)| event == name).map(|(_, value)| value.clone());
        (of("chunk").unwrap_or_default(), of("caught").unwrap_or_default(), of("op").unwrap_or_default())
    };
    let texts: Vec<&Value> = chunk["ops"].as_array().into_iter().flatten().map(|op| &op["value"]["text"]).collect();
    for text in ["number 1", "number 2", "number 3"] {
        check!(texts.contains(&&json!(text)), "{text} is not in {chunk}");
    }
    check!(op["p"].as_u64() <= caught["g"].as_u64() && op["value"]["text"] == "number 4", "{caught} {op}");
    bo.forget();
    bo.call("watch.set", json!({"rooms": [room], "held": {room.as_str(): 0}})).await?;
    let gap = bo.hears("a gap", |event, _| event == "gap").await?;
    let texts: Vec<&Value> = gap["tail"].as_array().into_iter().flatten().map(|message| &message["text"]).collect();
    check!(gap["from"] == json!(0) && texts.contains(&&json!("number 4")), "{gap}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_request_waits_for_news_and_no_longer_than_it_said() -> Outcome {
    let gathering = Gathering::of(2, Setting::default()).await?;
    let wish = json!({"g": 0});
    let start = gathering.value(BO, "hello", &wish).await?;
    let wish = json!({"epoch": start["epoch"], "g": start["g"], "wait": 1});
    let nothing = gathering.value(BO, "hello", &wish).await?;
    check!(nothing["ops"] == json!([]) && nothing["gaps"] == json!([]), "{nothing}");
    let wish = json!({"epoch": start["epoch"], "g": start["g"], "wait": 60});
    let (news, posted) = tokio::join!(gathering.value(BO, "hello", &wish), post(&gathering, ADA, "good morning"));
    let (news, posted) = (news?, posted?);
    let ops = news["ops"].as_array().cloned().unwrap_or_default();
    check!(ops.iter().any(|op| op["value"]["text"] == "good morning"), "{news}");
    check!(news["g"].as_u64() >= posted["g"].as_u64(), "{news}");
    let long = json!({"epoch": start["epoch"], "g": start["g"], "wait": 61});
    match gathering.rest(BO)?.call(&gathering.table, "hello", &long).await? {
        Err(error) if error["code"] == "invalid.value" && error["field"] == "wait" => Ok(()),
        other => fail!("waiting longer than a minute was answered with {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_that_is_held_otherwise_is_told_whole_and_counted() -> Outcome {
    let setting = Setting { config: "[metrics]\ntoken = \"look\"\n".into(), ..Setting::default() };
    let gathering = Gathering::of(2, setting).await?;
    let room = gathering.room.as_str();
    for number in 1..=5 {
        post(&gathering, ADA, &format!("number {number}")).await?;
    }
    let history = gathering.history(BO).await?;
    let places = |messages: &[Value]| -> Vec<(u64, u64)> {
        let number = |value: &Value| value.as_u64().unwrap_or(0);
        messages.iter().map(|message| (number(&message["seq"]), number(&message["gv"]))).collect()
    };
    let right = replica::digest(places(&history).into_iter());
    let listener = Listener::open(&gathering, BO).await?;
    let start = gathering.value(BO, "hello", &json!({"g": 0})).await?;
    let wish = json!({"epoch": start["epoch"], "g": start["g"], "held": {room: start["g"]}, "blocks": {room: [0, 7]}});
    listener.call("hello", wish).await?;
    let done = listener.hears("done", |event, _| event == "done").await?;
    let none = replica::digest(std::iter::empty());
    check!(done["digests"] == json!({room: {"0": right, "7": none}}), "{done}, not {right}");
    let same = gathering.value(BO, "sync.check", &json!({"blocks": {room: {"0": right}}})).await?;
    check!(same == json!({"different": [], "users": []}), "{same}");
    let without_the_last = replica::digest(places(&history[..history.len() - 1]).into_iter());
    let wish = json!({"blocks": {room: {"0": without_the_last}, "no-such-room": {"0": right}}, "cause": "done"});
    let other = gathering.value(BO, "sync.check", &wish).await?;
    check!(other["different"][0]["messages"] == json!(history), "{other}");
    check!(other["different"][0]["digest"] == json!(right), "{other}");
    let operator = Rest::new(gathering.server.address(), Some("look"))?;
    let figures = operator.raw("GET", "/metrics", Vec::new()).await?.text().await?;
    let counted = |line: &str| figures.lines().any(|one| one == line);
    check!(counted("parlour_sync_divergence_total{cause=\"done\"} 1"), "{figures}");
    check!(counted("parlour_sync_divergence_total{cause=\"hourly\"} 0"), "{figures}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_being_prepared_of_a_lost_room_is_not_told() -> Outcome {
    const MESSAGES: usize = 180;
    let gathering = Gathering::of(2, Setting::default()).await?;
    let start = gathering.value(BO, "hello", &json!({"g": 0})).await?;
    // As large as a catch-up can be: more than waits between the server and somebody who does not read.
    let text = "🌻".repeat(10_000);
    for _ in 0..MESSAGES {
        post(&gathering, ADA, &text).await?;
    }
    let bo = Listener::open(&gathering, BO).await?;
    let wish = json!({"epoch": start["epoch"], "g": start["g"]});
    let answer = bo.socket.emit("hello", &wish).await?;
    bo.hears("the first chunk", |event, _| event == "chunk").await?;
    bo.socket.pause();
    let wish = json!({"room": gathering.room, "user": gathering.accounts[BO].id, "cid": cid()});
    gathering.value(ADA, "members.kick", &wish).await?;
    bo.socket.resume();
    let answer = answer.await.map_err(|_| Failure("hello was not answered".into()))?;
    check!(answer["ok"] == json!(true), "{answer}");
    bo.hears("to forget the room", |event, value| {
        is_op(event, value, "membership") && value["value"]["gone"] == json!(true)
    })
    .await?;
    let mut told = BTreeSet::new();
    for (_, chunk) in bo.heard().iter().filter(|(event, _)| event == "chunk") {
        let ops = chunk["ops"].as_array().into_iter().flatten();
        told.extend(ops.filter(|op| op["kind"] == "message").filter_map(|op| op["value"]["seq"].as_u64()));
    }
    check!(told.len() < MESSAGES, "all of the room was told to somebody who had been put out of it");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_new_devices_at_once_are_asked_to_wait() -> Outcome {
    let setting = Setting { limits: true, config: "[sync]\ncold_starts = 1\n".into(), ..Setting::default() };
    let gathering = Gathering::of(1, setting).await?;
    // Four may begin at once, and then one a second: this is over in less than the minute that it would take.
    for _ in 0..60 {
        match gathering.rest(ADA)?.call(&gathering.table, "hello", &json!({"g": 0})).await? {
            Ok(_) => {}
            Err(error) if error["code"] == "sync.busy" => {
                check!(error["retry_after"].as_u64() > Some(0), "{error}");
                let known = gathering.value(ADA, "reads.list", &json!({})).await?;
                check!(known["rooms"].is_array(), "{known}");
                return Ok(());
            }
            Err(error) => fail!("{error}"),
        }
    }
    fail!("sixty new devices began at once")
}

/// What docs/PROTOCOL.md says of short memberships, put in again.
fn expanded(mut op: Value, code: &Value, created: &Value) -> Value {
    let g = op["g"].clone();
    let put = |value: &mut Value, field: &str, usual: &Value| {
        if value.get(field).is_none() {
            value[field] = usual.clone();
        }
    };
    let value = &mut op["value"];
    let (room, head, count) = (value["room"].clone(), &value["room_value"]["head"], &value["room_value"]["count"]);
    let (head, count) = (head.clone(), count.clone());
    for (field, usual) in [("id", &room), ("code", code), ("created", created)] {
        put(&mut value["room_value"], field, usual);
    }
    let zero = json!(0);
    for (field, usual) in [
        ("role", &json!("member")),
        ("version", &zero),
        ("unread", &zero),
        ("mentions", &zero),
        ("gv", &g),
        ("head", &head),
        ("count", &count),
    ] {
        put(value, field, usual);
    }
    put(&mut op, "scope", &json!("me"));
    put(&mut op, "room", &Value::Null);
    op
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn short_memberships_say_the_same_in_less_than_two_thirds() -> Outcome {
    let gathering = Gathering::of(2, Setting::default()).await?;
    post(&gathering, ADA, "hello").await?;
    let memberships = |answer: &Value| -> Vec<Value> {
        let ops = answer["ops"].as_array().into_iter().flatten();
        ops.filter(|op| op["kind"] == "membership").cloned().collect()
    };
    for person in [ADA, BO] {
        let long = memberships(&gathering.value(person, "hello", &json!({"g": 0})).await?);
        let short = memberships(&gathering.value(person, "hello", &json!({"g": 0, "short": true})).await?);
        check!(long.len() == 1 && short.len() == 1, "{long:?} {short:?}");
        let room = &long[0]["value"]["room_value"];
        check!(expanded(short[0].clone(), &room["code"], &room["created"]) == long[0], "{} and {}", short[0], long[0]);
        let (fewer, more) = (short[0].to_string().len(), long[0].to_string().len());
        check!(3 * fewer < 2 * more, "{fewer} bytes, not {more}");
    }
    Ok(())
}
