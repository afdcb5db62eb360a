//! Import: histories from elsewhere, safe to run again.

use crate::house::{House, MORNING, join};
use store::import::{ImportLine, ImportWrite};
use store::members::Role;
use store::messages::Anchor;
use store::{Millis, Refused, Seq, UserId, Write};

fn import_room(id: &str, key: &str) -> Write {
    let (id, key, code) = (id.to_owned(), key.to_owned(), id.to_uppercase());
    Write::Import(ImportWrite::Room { id, name: key.clone(), key, code })
}

fn import_user(id: &str, name_key: &str, skeleton: &str) -> Write {
    let (id, username, name_key, skeleton) =
        (id.to_owned(), name_key.to_owned(), name_key.to_owned(), skeleton.to_owned());
    Write::Import(ImportWrite::User { id, username, name_key, skeleton, created: MORNING })
}

fn line(author: &str, text: &str, time: Millis) -> ImportLine {
    let mut digest = [0; 16];
    for (at, byte) in text.bytes().enumerate() {
        digest[at % 16] ^= byte;
    }
    ImportLine { author: Some(author.into()), text: text.into(), time, mentions: vec![], reply_to: None, digest }
}

fn lines(room: &str, lines: Vec<ImportLine>) -> Write {
    Write::Import(ImportWrite::Lines { room: room.into(), lines })
}

async fn old_room(house: &House) {
    house.write(import_room("old", "gitter/old")).await.unwrap();
    for user in ["ada", "bo"] {
        house.write(import_user(user, user, &format!("~{user}"))).await.unwrap();
    }
}

async fn texts(house: &House, room: &str) -> Vec<(Seq, String, Millis, Option<UserId>)> {
    let page = house.db.page(room, "ada", Anchor::Newest, 100).await.unwrap();
    page.messages.into_iter().map(|message| (message.seq, message.text, message.time, message.author)).collect()
}

pub async fn lines_are_appended_once(house: &House) {
    old_room(house).await;
    let first = house.write(lines("old", vec![line("ada", "one", 10), line("bo", "two", 20)])).await.unwrap();
    assert_eq!(first.seq, Some(2));
    // Run again with more: what is there stays, what is new follows, doubles in one batch are one.
    let more = vec![line("ada", "one", 10), line("bo", "two", 20), line("bo", "three", 30), line("bo", "three", 30)];
    assert_eq!(house.write(lines("old", more)).await.unwrap().seq, Some(1));
    let again = house.write(lines("old", vec![line("bo", "three", 30)])).await.unwrap();
    assert_eq!((again.seq, again.g), (Some(0), 0));
    let (ada, bo) = (Some("ada".to_owned()), Some("bo".to_owned()));
    let all = [(1, "one".into(), 10, ada), (2, "two".into(), 20, bo.clone()), (3, "three".into(), 30, bo)];
    assert_eq!(texts(house, "old").await, all);
    let room = house.room_row("old").await;
    assert_eq!((room.head, room.count, room.head_time, room.members), (3, 3, Some(30), 2));
    let newest = house.db.message("old", 3, "ada").await.unwrap().unwrap();
    assert_eq!((newest.n, newest.gv), (3, room.g));
    let answer = ImportLine { reply_to: Some(1), mentions: vec!["bo".into()], ..line("ada", "re: one", 40) };
    let astray = ImportLine { reply_to: Some(99), author: None, ..line("", "re: nothing", 50) };
    house.write(lines("old", vec![answer, astray])).await.unwrap();
    let answer = house.db.message("old", 4, "ada").await.unwrap().unwrap();
    assert_eq!((answer.reply_to, &*answer.mentions), (Some(1), &["bo".to_owned()][..]));
    let astray = house.db.message("old", 5, "ada").await.unwrap().unwrap();
    assert_eq!((astray.reply_to, astray.author), (None, None));
    assert_eq!(house.refused(lines("nowhere", vec![])).await, Refused::NoSuchRoom);
    // The same digest in another room is another line.
    house.write(import_room("new", "gitter/new")).await.unwrap();
    assert_eq!(house.write(lines("new", vec![line("ada", "one", 10)])).await.unwrap().seq, Some(1));
}

pub async fn rooms_and_people_are_found_again(house: &House) {
    old_room(house).await;
    let again = house.write(import_room("other", "gitter/old")).await.unwrap();
    assert_eq!((again.room.as_deref(), again.g), (Some("old"), 0));
    let again = house.write(import_user("other", "ada", "~ada")).await.unwrap();
    assert_eq!((again.user.as_deref(), again.g), (Some("ada"), 0));
    let ada = house.db.user("ada").await.unwrap().unwrap();
    assert_eq!((ada.has_password, ada.created), (false, MORNING));
    house.people(&["cy"]).await;
    let found = house.db.public_rooms("cy", "gitter", None, 10).await.unwrap();
    assert_eq!(found.len(), 1);
}

pub async fn authors_become_members_who_read_all(house: &House) {
    old_room(house).await;
    house.people(&["cy"]).await;
    house
        .write(lines("old", vec![line("ada", "one", 10), line("bo", "two", 20), line("ada", "three", 30)]))
        .await
        .unwrap();
    house.write(join("cy", "old")).await.unwrap();
    house.write(lines("old", vec![line("bo", "four", 40)])).await.unwrap();
    for (user, joined) in [("ada", 10), ("bo", 20)] {
        let member = house.member("old", user).await;
        assert_eq!((member.role, member.joined), (Some(Role::Member), joined));
    }
    for user in ["ada", "bo", "cy"] {
        let member = house.member("old", user).await;
        assert_eq!((member.read, member.unread, member.mentions), (5, 0, 0), "{user}");
    }
    house.write(crate::house::leave("bo", "old")).await.unwrap();
    house.write(lines("old", vec![line("bo", "five", 50)])).await.unwrap();
    assert_eq!(house.role("old", "bo").await, None);
}

pub async fn an_import_tells_nothing(house: &House) {
    old_room(house).await;
    house.write(lines("old", vec![line("ada", "one", 10)])).await.unwrap();
    assert!(house.sink.all().is_empty());
    assert!(house.g().await > 3);
}

pub async fn look_alikes_are_refused(house: &House) {
    house.people(&["ada"]).await;
    assert_eq!(house.refused(import_user("other", "аda", "~ada")).await, Refused::NameTaken);
}
