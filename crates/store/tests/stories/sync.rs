//! Catch-up: what a device that was away is told, and nothing else.

use crate::house::{House, delete, direct, edit, hide, join, kinds, leave, post, read, room};
use crate::sessions::start;
use store::rooms::{RoomKind, RoomWrite};
use store::sessions::SessionWrite;
use store::sync::{Missed, Since};
use store::{G, Row, Write};

async fn missed(house: &House, user: &str, g: G, watch: &[&str]) -> Missed {
    let watch = watch.iter().map(|room| room.to_string()).collect();
    house.db.missed(Since::new(user, g, watch, 5, 2)).await.unwrap()
}

async fn garden(house: &House) {
    house.people(&["ada", "bo", "cy"]).await;
    house.room("garden", &["ada", "bo"]).await;
}

pub async fn a_new_device_gets_memberships_and_tails(house: &House) {
    garden(house).await;
    house.room("attic", &["bo"]).await;
    house.room("cellar", &["bo"]).await;
    house.write(leave("bo", "cellar")).await.unwrap();
    for text in ["one", "two", "three"] {
        house.say("garden", "ada", text).await;
    }
    house.say("attic", "bo", "alone").await;
    let all = missed(house, "bo", 0, &["garden", "cellar"]).await;
    assert_eq!(kinds(&all.changes), ["membership bo member", "membership bo owner", "message 3", "message 4"]);
    assert_eq!((all.g, all.gaps.len()), (house.g().await, 0));
    let Row::Membership { member, room } = &all.changes[0].row else { panic!("{all:?}") };
    assert_eq!((member.unread, room.head, &*room.id), (3, 4, "garden"));
    assert!(all.changes.iter().all(|change| change.p == 0 && change.g <= all.g));
}

pub async fn a_cursor_gets_what_changed(house: &House) {
    garden(house).await;
    house.room("attic", &["bo"]).await;
    let first = house.say("garden", "ada", "one").await;
    house.say("garden", "ada", "two").await;
    let g = house.g().await;
    assert!(missed(house, "bo", g, &["garden"]).await.changes.is_empty());
    house.say("attic", "bo", "note").await;
    house.write(edit("garden", first, "ada", "one, edited")).await.unwrap();
    house.write(edit("garden", first, "ada", "one, edited again")).await.unwrap();
    house.write(join("cy", "garden")).await.unwrap();
    house.say("garden", "cy", "hi").await;
    let name = RoomWrite::Update {
        room: "garden".into(),
        by: "ada".into(),
        name: Some("Park".into()),
        topic: None,
        kind: None,
        history: None,
        code: String::new(),
    };
    house.write(Write::Room(name)).await.unwrap();
    house.write(delete("garden", first + 1, "ada")).await.unwrap();
    house.people(&["di"]).await;
    let since = missed(house, "bo", g, &["garden"]).await;
    // The counts of a room come after what changed in it.
    let expected = [
        "user di",
        "room",
        "message 2",
        "message 4",
        "member cy member",
        "message 5",
        "message 6",
        "message 3 deleted",
        "read bo 1",
        "room",
        "message 1",
        "read bo 1",
    ];
    assert_eq!(kinds(&since.changes), expected);
    let (_, member) = house.db.member("attic", "bo").await.unwrap().unwrap();
    assert_eq!(member.unread, 0);
}

pub async fn many_messages_are_a_gap(house: &House) {
    garden(house).await;
    let g = house.g().await;
    for number in 0..5 {
        house.say("garden", "ada", &format!("message {number}")).await;
    }
    let since = missed(house, "bo", g, &[]).await;
    assert_eq!((since.changes.len(), since.gaps.len()), (5 + 2, 0));
    house.say("garden", "ada", "one too many").await;
    house.write(join("cy", "garden")).await.unwrap();
    let since = missed(house, "bo", g, &[]).await;
    assert_eq!(kinds(&since.changes), ["room", "member cy member", "read bo 1"]);
    let [gap] = &since.gaps[..] else { panic!("{since:?}") };
    assert_eq!((&*gap.room, gap.from, gap.to), ("garden", g, since.g));
    assert_eq!(gap.tail.iter().map(|message| message.seq).collect::<Vec<_>>(), [7, 8]);
}

pub async fn a_room_joined_since_is_a_membership(house: &House) {
    garden(house).await;
    house.say("garden", "ada", "before").await;
    house.write(leave("bo", "garden")).await.unwrap();
    let g = house.g().await;
    house.write(join("bo", "garden")).await.unwrap();
    house.write(join("cy", "garden")).await.unwrap();
    house.say("garden", "ada", "after").await;
    assert_eq!(kinds(&missed(house, "bo", g, &[]).await.changes), ["membership bo member"]);
    let watched = missed(house, "bo", g, &["garden"]).await;
    assert_eq!(kinds(&watched.changes), ["membership bo member", "message 5", "message 6"]);
    // Also after something of the own part changed.
    house.write(read("bo", "garden", 6)).await.unwrap();
    assert_eq!(kinds(&missed(house, "bo", g, &[]).await.changes), ["membership bo member"]);
}

pub async fn a_room_left_since_is_forgotten(house: &House) {
    garden(house).await;
    house.write(room("attic", "bo", RoomKind::Private)).await.unwrap();
    let g = house.g().await;
    house.write(leave("bo", "garden")).await.unwrap();
    house.write(leave("bo", "attic")).await.unwrap();
    house.say("garden", "ada", "among ourselves").await;
    let since = missed(house, "bo", g, &["garden", "attic"]).await;
    assert_eq!(kinds(&since.changes), ["membership bo gone", "membership bo gone"]);
    assert!(missed(house, "bo", 0, &["garden"]).await.changes.is_empty());
}

pub async fn strangers_get_nothing(house: &House) {
    garden(house).await;
    house.write(direct("pair", &["ada", "bo"])).await.unwrap();
    let g = house.g().await;
    house.say("garden", "ada", "one").await;
    house.say("pair", "ada", "two").await;
    assert!(missed(house, "cy", g, &["garden", "pair"]).await.changes.is_empty());
    assert!(missed(house, "cy", 0, &["garden", "pair"]).await.changes.is_empty());
}

pub async fn own_rows_come_back(house: &House) {
    garden(house).await;
    house.write(direct("pair", &["ada", "bo"])).await.unwrap();
    house.write(start("one", "bo")).await.unwrap();
    let seq = house.say("garden", "ada", "one").await;
    let g = house.g().await;
    house.write(hide("garden", seq, "bo")).await.unwrap();
    house.write(Write::Session(SessionWrite::End { user: "bo".into(), session: "one".into() })).await.unwrap();
    house.write(read("bo", "garden", seq)).await.unwrap();
    house.write(edit("garden", seq, "ada", "edited")).await.unwrap();
    house.write(post("pair", "bo", "hello")).await.unwrap();
    let mine = missed(house, "bo", g, &[]).await;
    // What bo has hidden stays away, whatever becomes of it.
    let expected = [
        format!("hidden bo {seq}"),
        "ended one".into(),
        "room".into(),
        format!("read bo {seq}"),
        "room".into(),
        "message 1".into(),
        "read bo 1".into(),
    ];
    assert_eq!(kinds(&mine.changes), expected);
    let adas = kinds(&missed(house, "ada", g, &[]).await.changes).join(", ");
    assert_eq!(adas, format!("room, message {seq}, read ada {seq}, room, message 1, read ada 0"));
}

pub async fn the_epoch_stays(house: &House) {
    let epoch = house.db.epoch().await.unwrap();
    assert_eq!((epoch.len(), epoch.clone()), (16, house.db.epoch().await.unwrap()));
    assert!(epoch.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

pub async fn large_messages_are_a_gap_with_a_short_tail(house: &House) {
    garden(house).await;
    let g = house.g().await;
    let large = "x".repeat(5 << 20);
    for _ in 0..3 {
        house.say("garden", "ada", &large).await;
    }
    let since = missed(house, "bo", g, &[]).await;
    let [gap] = &since.gaps[..] else { panic!("{} changes", since.changes.len()) };
    assert_eq!(gap.tail.len(), 1, "the newest alone is too much already");
    assert_eq!(kinds(&since.changes), ["room", "read bo 1"]);
}
