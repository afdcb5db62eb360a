//! Sessions: started, seen, ended, expired.

use crate::house::{House, kinds};
use store::sessions::SessionWrite;
use store::{Refused, SessionId, Write};

pub fn start(id: &str, user: &str) -> Write {
    Write::Session(SessionWrite::Start {
        id: id.into(),
        user: user.into(),
        token_hash: token(id),
        label: format!("{id}'s browser"),
        address: "192.0.2.7".into(),
    })
}

pub fn end(user: &str, session: &str) -> Write {
    Write::Session(SessionWrite::End { user: user.into(), session: session.into() })
}

pub fn token(id: &str) -> Vec<u8> {
    format!("hash of {id}").into_bytes()
}

async fn open(house: &House, user: &str) -> Vec<SessionId> {
    house.db.sessions_of(user).await.unwrap().into_iter().map(|session| session.id).collect()
}

pub async fn a_session_is_found_by_its_token(house: &House) {
    house.people(&["ada"]).await;
    let (ack, told) = house.told(start("one", "ada")).await;
    assert!(ack.g > 0 && told.is_empty());
    let (session, user) = house.db.session(&token("one")).await.unwrap().unwrap();
    assert_eq!((&*session.id, &*session.user, &*user.id), ("one", "ada", "ada"));
    assert_eq!((&*session.label, &*session.address), ("one's browser", "192.0.2.7"));
    assert_eq!((session.created, session.seen), (house.now(), house.now()));
    assert!(house.db.session(&token("two")).await.unwrap().is_none());
    house.write(start("two", "ada")).await.unwrap();
    assert_eq!(open(house, "ada").await, ["two", "one"]);
}

pub async fn a_session_ends_for_its_owner_only(house: &House) {
    house.people(&["ada", "bo"]).await;
    house.write(start("one", "ada")).await.unwrap();
    assert_eq!(house.refused(end("bo", "one")).await, Refused::NoSuchSession);
    let (_, told) = house.told(end("ada", "one")).await;
    assert_eq!(kinds(&told), ["ended one"]);
    assert!(house.db.session(&token("one")).await.unwrap().is_none());
    assert!(open(house, "ada").await.is_empty());
    assert_eq!(house.refused(end("ada", "one")).await, Refused::NoSuchSession);
}

pub async fn seeing_moves_time_only_forward(house: &House) {
    house.people(&["ada"]).await;
    house.write(start("one", "ada")).await.unwrap();
    let (ack, told) = house.told(Write::Session(SessionWrite::Seen { session: "one".into() })).await;
    assert_eq!((ack.g, told.len()), (0, 0));
    let seen = house.now();
    let late = store::Origin { user: None, cid: None, command: "story", at: seen - 500, answer: None };
    house.db.write(late, Write::Session(SessionWrite::Seen { session: "one".into() })).await.unwrap();
    assert_eq!(house.db.session(&token("one")).await.unwrap().unwrap().0.seen, seen);
}

pub async fn old_sessions_expire(house: &House) {
    house.people(&["ada", "bo"]).await;
    house.write(start("one", "ada")).await.unwrap();
    house.write(start("two", "bo")).await.unwrap();
    let before = house.now();
    house.write(start("three", "ada")).await.unwrap();
    let (_, told) = house.told(Write::Session(SessionWrite::Expire { before })).await;
    assert_eq!(kinds(&told), ["ended one"]);
    assert_eq!((open(house, "ada").await, open(house, "bo").await), (vec!["three".into()], vec!["two".into()]));
}
