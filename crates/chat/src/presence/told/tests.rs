//! Who is told of whom, when, and in how many events.

use super::{FEW, MOST, Told};
use hub::Seen;
use hub::bus::Publication;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What was told: the topic and the event.
type Heard = Vec<(String, Value)>;

/// Notes what happens to somebody in the rooms; what is told at once.
fn tell(told: &Told, user: &str, seen: Seen, rooms: &[&str]) -> Heard {
    let user: Arc<str> = user.into();
    let heard = Mutex::new(Vec::new());
    if told.note(&user, seen) {
        let rooms = rooms.iter().map(|room| (*room).to_owned()).collect();
        told.tell(&user, rooms, |group| heard.lock().unwrap().extend(shown(group)));
    }
    heard.into_inner().unwrap()
}

fn wait(told: &Told) -> (Heard, bool) {
    let heard = Mutex::new(Vec::new());
    let more = told.tell_waiting(|group| heard.lock().unwrap().extend(shown(group)));
    (heard.into_inner().unwrap(), more)
}

fn shown(group: Vec<Publication>) -> Heard {
    let shown = group.into_iter().map(|publication| match publication {
        Publication::Event { topic, event, .. } => (topic.to_string(), serde_json::from_slice(&event.body).unwrap()),
        other => panic!("not an event: {other:?}"),
    });
    shown.collect()
}

/// What a client then holds of everybody.
fn held(heard: &Heard) -> BTreeMap<String, String> {
    let mut held = BTreeMap::new();
    for (_, event) in heard {
        let presence = |value: &Value| value.as_str().unwrap().to_owned();
        held.insert(presence(&event["user"]), presence(&event["presence"]));
        for (user, one) in event["others"].as_object().into_iter().flatten() {
            held.insert(user.clone(), presence(one));
        }
    }
    held
}

#[test]
fn one_person_is_told_of_at_once_and_the_next_ones_with_others() {
    let told = Told::default();
    let heard = tell(&told, "ada", Seen::Online, &["garden", "cellar"]);
    assert_eq!(heard.iter().map(|(topic, _)| &**topic).collect::<Vec<_>>(), ["r:garden", "r:cellar"]);
    assert_eq!(heard[0].1, serde_json::json!({"user": "ada", "presence": "online"}));
    assert!(tell(&told, "ada", Seen::Online, &["garden"]).is_empty(), "it is no news");
    assert!(tell(&told, "bo", Seen::Online, &["garden"]).is_empty(), "the garden has just been told something");
    assert_eq!(tell(&told, "bo", Seen::Away, &["attic"]).len(), 1, "other rooms do not wait for it");
    let (heard, more) = wait(&told);
    assert_eq!(heard, [("r:garden".to_owned(), serde_json::json!({"user": "bo", "presence": "away"}))], "the newest");
    assert!(more, "what follows waits again");
    let (heard, more) = wait(&told);
    assert!(heard.is_empty() && !more);
    assert_eq!(tell(&told, "cy", Seen::Online, &["garden"]).len(), 1);
}

#[test]
fn many_are_told_of_together_and_everybody_once() {
    let told = Told::default();
    let everybody: Vec<String> = (0..MOST * 2 + 5).map(|n| format!("user{n}")).collect();
    let mut heard = Vec::new();
    for user in &everybody {
        heard.extend(tell(&told, user, Seen::Online, &["garden"]));
    }
    assert_eq!(heard.len(), 1);
    let (rest, _) = wait(&told);
    assert_eq!(rest.len(), 3);
    heard.extend(rest);
    let held = held(&heard);
    assert_eq!(held.len(), everybody.len());
    assert!(held.values().all(|presence| presence == "online"));
}

#[test]
fn a_few_are_told_of_one_by_one() {
    let told = Told::default();
    tell(&told, "first", Seen::Online, &["garden"]);
    for n in 0..FEW {
        tell(&told, &format!("user{n}"), Seen::Online, &["garden"]);
    }
    let (heard, _) = wait(&told);
    assert_eq!(heard.len(), FEW);
    assert!(heard.iter().all(|(_, event)| event.get("others").is_none()));
}
