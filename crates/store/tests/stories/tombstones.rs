//! Tombstones: for 400 days it is known what is gone.

use crate::house::{House, MORNING, begin, hide, join, kinds, leave, mentioning, post, react, room, save};
use crate::sessions::start;
use store::members::Role;
use store::rooms::{RoomKind, RoomWrite};
use store::sessions::SessionWrite;
use store::sync::{Missed, Since};
use store::{G, Write};

async fn missed(house: &House, user: &str, g: G) -> Missed {
    let since = Since::new(user, g, vec![], 1000, 50);
    house.db.missed(since).await.unwrap()
}

/// Somebody says something, as often as it takes to sweep what is due.
async fn go_on(house: &House) {
    for number in 0..20 {
        house.say("garden", "ada", &format!("{number}")).await;
    }
}

fn end(user: &str, session: &str) -> Write {
    Write::Session(SessionWrite::End { user: user.into(), session: session.into() })
}

async fn garden(house: &House) -> G {
    house.people(&["ada", "bo", "cy"]).await;
    house.room("garden", &["ada", "bo", "cy"]).await;
    house.write(start("one", "bo")).await.unwrap();
    house.write(save("garden", 3, "bo", true)).await.unwrap_err();
    let seq = house.say("garden", "ada", "hello").await;
    house.write(save("garden", seq, "bo", true)).await.unwrap();
    house.write(begin("bo", "garden", "I")).await.unwrap();
    house.g().await
}

/// Everything of Bo's that can be gone is gone.
async fn goes(house: &House) {
    let seq = house.room_row("garden").await.head;
    house.write(save("garden", seq, "bo", false)).await.unwrap();
    house.write(begin("bo", "garden", "")).await.unwrap();
    house.write(end("bo", "one")).await.unwrap();
    house.write(leave("bo", "garden")).await.unwrap();
}

pub async fn what_is_gone_for_long_is_forgotten(house: &House) {
    let before = garden(house).await;
    goes(house).await;
    let told = |missed: &Missed| {
        let mut told = kinds(&missed.changes);
        told.retain(|what| !what.starts_with("user") && !what.starts_with("message"));
        told
    };
    let all: Vec<String> = ["unsaved bo 3", "draft bo ", "ended one", "membership bo gone"].map(str::to_owned).to_vec();
    let first = missed(house, "bo", before).await;
    assert_eq!((told(&first), first.reset), (all.clone(), false));
    // A day short of the time, and some sweeps.
    house.sleep(1);
    go_on(house).await;
    house.sleep(399);
    go_on(house).await;
    let still = missed(house, "bo", before).await;
    assert_eq!((told(&still), still.reset), (all, false));
    assert_eq!(house.role("garden", "bo").await, None);
    house.sleep(2);
    go_on(house).await;
    let over = missed(house, "bo", before).await;
    assert_eq!((told(&over), over.reset), (vec![], true));
    assert!(house.db.member("garden", "bo").await.unwrap().is_none());
    // Who is there still is there, and who comes back begins anew.
    assert_eq!(house.role("garden", "cy").await, Some(Role::Member));
    house.write(join("bo", "garden")).await.unwrap();
    assert_eq!(house.member("garden", "bo").await.version, 0);
    assert!(house.now() > MORNING);
}

pub async fn an_older_cursor_starts_over(house: &House) {
    let before = garden(house).await;
    house.sleep(1);
    go_on(house).await;
    let between = house.g().await;
    // Nothing was gone in all that time: however old, a cursor is good.
    house.sleep(500);
    go_on(house).await;
    assert!(!missed(house, "cy", before).await.reset);
    goes(house).await;
    let after = house.g().await;
    house.sleep(1);
    go_on(house).await;
    house.sleep(402);
    go_on(house).await;
    assert!(missed(house, "cy", before).await.reset);
    assert!(missed(house, "cy", between).await.reset);
    assert!(!missed(house, "cy", after + 1).await.reset);
    assert!(missed(house, "cy", 0).await.reset);
}

pub async fn a_deleted_room_goes_in_bites(house: &House) {
    garden(house).await;
    house.write(room("cellar", "ada", RoomKind::Public)).await.unwrap();
    house.write(join("bo", "cellar")).await.unwrap();
    for number in 0..700 {
        house.write(post("cellar", "bo", &format!("{number}"))).await.unwrap();
    }
    let seq = house.write(mentioning("cellar", "ada", "@bo", &["bo"])).await.unwrap().seq.unwrap();
    for write in [
        react("cellar", seq, "bo", "+", true),
        hide("cellar", 5, "ada"),
        save("cellar", 6, "ada", true),
        begin("ada", "cellar", "I"),
        Write::Room(RoomWrite::Delete { room: "cellar".into(), by: "ada".into() }),
    ] {
        house.write(write).await.unwrap();
    }
    house.sleep(1);
    go_on(house).await;
    let count = async || {
        let rows = house.rows_of("cellar").await;
        rows.iter().find(|(table, _)| *table == "messages").map_or(0, |(_, rows)| *rows)
    };
    let mut left = vec![count().await];
    assert!(left[0] > 700, "{left:?}");
    house.sleep(401);
    while left.last() != Some(&0) {
        house.say("garden", "ada", "on").await;
        left.push(count().await);
        assert!(left.len() < 20, "{left:?}");
    }
    assert!(left.windows(2).all(|pair| pair[0] - pair[1] <= 200), "{left:?}");
    go_on(house).await;
    assert_eq!(house.db.saved("ada", u64::MAX, 10).await.unwrap().messages, []);
    assert_eq!(house.rows_of("cellar").await, vec![]);
    assert!(!house.rows_of("garden").await.is_empty());
}
