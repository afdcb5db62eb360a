//! Intentions: the same `cid` any number of times is one write.

use crate::house::{House, MORNING, account, hide, join, post, room};
use std::sync::Arc;
use store::rooms::RoomKind;
use store::{Ack, Cid, Error, Millis, Origin, Refused, Seq};
use tokio::task::JoinSet;

async fn garden(house: &House) {
    house.people(&["ada", "bo"]).await;
    house.room("garden", &["ada", "bo"]).await;
}

fn refusal(answer: Result<Ack, Error>) -> Refused {
    match answer {
        Err(Error::Refused(refused)) => refused,
        other => panic!("not refused but {other:?}"),
    }
}

pub async fn a_repeat_answers_as_the_first_time(house: &House) {
    garden(house).await;
    let say = || house.write_once(Some("ada"), "c1", "messages.send", post("garden", "ada", "once"));
    let first = say().await.unwrap();
    house.say("garden", "bo", "meanwhile").await;
    let told = house.sink.all().len();
    for _ in 0..3 {
        assert_eq!(say().await.unwrap(), first);
    }
    assert_eq!((house.sink.all().len(), house.room_row("garden").await.head), (told, 3));
    // Also where the repeat says something else, or could not be said any more.
    house.write(crate::house::leave("ada", "garden")).await.unwrap();
    let other = house.write_once(Some("ada"), "c1", "messages.send", post("garden", "ada", "twice")).await;
    assert_eq!(other.unwrap(), first);
    let made = || house.write_once(Some("ada"), "c2", "rooms.create", room("attic", "ada", RoomKind::Private));
    let first = made().await.unwrap();
    assert_eq!((made().await.unwrap(), first.room.as_deref()), (first.clone(), Some("attic")));
    // What changed nothing is remembered as that.
    let rejoin = || house.write_once(Some("bo"), "c3", "rooms.join", join("bo", "garden"));
    let first = rejoin().await.unwrap();
    assert_eq!((first.g, rejoin().await.unwrap()), (0, first.clone()));
}

pub async fn a_cid_is_for_one_command(house: &House) {
    garden(house).await;
    house.write_once(Some("ada"), "c1", "messages.send", post("garden", "ada", "once")).await.unwrap();
    let other = house.write_once(Some("ada"), "c1", "messages.delete", hide("garden", 2, "ada")).await;
    assert_eq!(refusal(other), Refused::CidReused);
    assert!(house.db.message("garden", 2, "ada").await.unwrap().is_some());
}

pub async fn a_cid_is_each_users_own(house: &House) {
    garden(house).await;
    let one = house.write_once(Some("ada"), "c1", "messages.send", post("garden", "ada", "mine")).await.unwrap();
    let two = house.write_once(Some("bo"), "c1", "messages.send", post("garden", "bo", "mine")).await.unwrap();
    assert_eq!((one.seq, two.seq), (Some(2), Some(3)));
}

pub async fn a_refused_intention_can_be_tried_again(house: &House) {
    house.people(&["ada", "bo"]).await;
    house.room("garden", &["ada"]).await;
    let say = || house.write_once(Some("bo"), "c1", "messages.send", post("garden", "bo", "hello"));
    assert_eq!(refusal(say().await), Refused::NotAMember);
    house.write(join("bo", "garden")).await.unwrap();
    assert_eq!(say().await.unwrap().seq, Some(2));
}

pub async fn the_house_has_cids_too(house: &House) {
    let make = || house.write_once(None, "c1", "accounts.create", account("ada"));
    let first = make().await.unwrap();
    assert_eq!((make().await.unwrap(), first.user.as_deref()), (first.clone(), Some("ada")));
}

pub async fn the_same_cid_with_another_input_is_refused(house: &House) {
    garden(house).await;
    let say = async |input: i64, text: &str| {
        let cid = Some(store::Cid { id: "c1".into(), input });
        let origin =
            store::Origin { user: Some("ada".into()), cid, command: "messages.send", at: house.now(), answer: None };
        house.db.write(origin, post("garden", "ada", text)).await
    };
    let first = say(7, "once").await.unwrap();
    assert_eq!(refusal(say(8, "something else").await), Refused::CidReused);
    assert_eq!(say(7, "once").await.unwrap(), first);
}

/// The `seq` that `ada` posts at, or posted at before, with that `cid`.
async fn say_once(house: &House, cid: String, at: Millis) -> Seq {
    let origin = Origin {
        user: Some("ada".into()),
        cid: Some(Cid { id: cid, input: 0 }),
        command: "messages.send",
        at,
        answer: None,
    };
    house.db.write(origin, post("garden", "ada", "hello")).await.unwrap().seq.unwrap()
}

pub async fn intentions_are_forgotten_after_a_month(house: &Arc<House>) {
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    let say_many = async |name: &'static str, many: u64, at: Millis| {
        let mut all = JoinSet::new();
        for number in 0..many {
            let house = house.clone();
            all.spawn(async move { say_once(&house, format!("{name}{number}"), at).await });
        }
        all.join_all().await
    };
    let day = 24 * 60 * 60 * 1000;
    let first = say_once(house, "old".into(), MORNING).await;
    say_many("young", 700, MORNING + 29 * day).await;
    assert_eq!(say_once(house, "old".into(), MORNING + 29 * day).await, first);
    say_many("new", 1400, MORNING + 31 * day).await;
    assert!(say_once(house, "old".into(), MORNING + 31 * day).await > first);
    // Younger ones are still known.
    let head = house.room_row("garden").await.head;
    say_many("young", 700, MORNING + 31 * day).await;
    assert_eq!(house.room_row("garden").await.head, head);
}
