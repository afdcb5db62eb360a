//! Intentions: the same `cid` any number of times is one write.

use crate::house::{House, account, hide, join, post, room};
use store::rooms::RoomKind;
use store::{Ack, Error, Refused};

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
